using System.CommandLine;
using LossSpikes.Lab.Comparison;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Sweeps;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab sweep FILE --over …</c>.</summary>
internal static class SweepCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The experiment file." };
        var over = new Option<string[]>("--over")
        {
            Description = "A key and its values: --over optimizer.learning_rate=0.05,0.1,0.2. Several make the cartesian product.",
            HelpName = "key.path=v1,v2,…",
            Required = true,
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Replace a value of the file in every member.",
            HelpName = "key.path=value",
            DefaultValueFactory = _ => [],
        };
        var folder = new Option<string?>("--out")
        {
            Description = "The folder of the sweep: one run folder per member inside. Default: runs/NAME-sweep. An interrupted sweep resumes there; "
                + "finished members stay as they are.",
            HelpName = "DIR",
        };
        var jobs = new Option<int>("--jobs")
        {
            Description = "Runs side by side; by default as many as there are cores.",
            HelpName = "N",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var command = new Command(
            "sweep", "Run an experiment with every combination of some values, several processes side by side.") { file, over, set, folder, jobs };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (path, overrides) = (parsed.GetValue(file)!, parsed.GetValue(set)!);
            var experiment = ExperimentFile.Load(path, overrides);
            var directory = Path.GetFullPath(parsed.GetValue(folder) ?? Path.Combine("runs", experiment.Name + "-sweep"));
            SweepAxis[] axes = [.. parsed.GetValue(over)!.Select(SweepAxis.Parse)];
            var members = SweepMember.Of(path, overrides, axes, directory);
            Directory.CreateDirectory(directory);
            using var held = FolderLock.Take(directory);
            var failures = await new Sweep(path, members, Math.Max(1, parsed.GetValue(jobs)), terminal.Diagnostics).Run(cancellation);
            var table = Path.Combine(directory, "sweep.csv");
            SweepTable.Write(table, axes, members, failures);
            terminal.Results.WriteLine(table);
            var finished = members.Where(m => RecordedRun.IsFinished(m.Folder)).Select(
                m => ComparedRun.Read(m.Folder) with { Name = Path.GetFileName(m.Folder) }).ToList();
            if (finished.Count > 0)
            {
                terminal.Results.WriteLine(ComparisonFigure.Draw(finished, components: false).Save(directory, "sweep", FigureFormat.Png));
            }

            return cancellation.IsCancellationRequested ? ExitCode.Interrupted : failures.Any(f => f is not null) ? ExitCode.BadInput : ExitCode.Done;
        });
        return command;
    }
}
