using System.CommandLine;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Sweeps;
using LossSpikes.Lab.Sweeps.Slurm;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands.Sweeps;

/// <summary><c>lab sweep FILE --over …</c>, and the commands on the folder of a sweep.</summary>
internal static class SweepCommand
{
    private enum Launcher
    {
        Local,
        Slurm,
    }

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
                + "finished members stay as they are, and further values are added.",
            HelpName = "DIR",
        };
        var jobs = new Option<int>("--jobs")
        {
            Description = "Runs side by side; by default as many as there are cores.",
            HelpName = "N",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var launcher = new Option<Launcher>("--launcher")
        {
            Description = "local: processes of this machine. slurm: a job array of the cluster; the command returns when it is submitted.",
            HelpName = "local|slurm",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Slurm: print the script and submit nothing." };
        var wait = new Option<bool>("--wait") { Description = "Slurm: wait until no member is queued or running." };
        var slurm = new SlurmOptionSet();
        var command = new Command(
            "sweep", "Run an experiment with every combination of some values, several processes side by side, here or on a Slurm cluster.")
        {
            file, over, set, folder, jobs, launcher, dryRun, wait,
        };
        slurm.AddTo(command);
        command.Subcommands.Add(SweepFolderCommands.Status(terminal));
        command.Subcommands.Add(SweepFolderCommands.Resume(terminal));
        command.Subcommands.Add(SweepFolderCommands.Cancel(terminal));
        command.Subcommands.Add(SweepFolderCommands.Report(terminal));
        command.Subcommands.Add(SweepMemberCommand.Create(terminal));
        command.SetAction(async (parsed, cancellation) =>
        {
            var (path, overrides, onSlurm) = (parsed.GetValue(file)!, parsed.GetValue(set)!, parsed.GetValue(launcher) == Launcher.Slurm);
            if (!onSlurm)
            {
                slurm.Forbid(parsed);
            }

            var options = slurm.Read(parsed);
            _ = options.Directives.ToList();
            var experiment = ExperimentFile.Load(path, overrides);
            var directory = Path.GetFullPath(parsed.GetValue(folder) ?? Path.Combine("runs", experiment.Name + "-sweep"));
            SweepAxis[] axes = [.. parsed.GetValue(over)!.Select(SweepAxis.Parse)];
            var planned = SweepFolder.Plan(directory, path, overrides, axes);
            if (onSlurm && parsed.GetValue(dryRun))
            {
                terminal.Results.Write(new SlurmLauncher(options).Script(planned, planned.Members));
                return ExitCode.Done;
            }

            Directory.CreateDirectory(directory);
            using var held = FolderLock.Take(directory);
            planned.Save();
            ISweepLauncher chosen = onSlurm ? new SlurmLauncher(options) : new LocalLauncher(Math.Max(1, parsed.GetValue(jobs)), terminal.Diagnostics);
            return await SweepProgress.Launch(planned, chosen, terminal, parsed.GetValue(wait), cancellation);
        });
        return command;
    }
}
