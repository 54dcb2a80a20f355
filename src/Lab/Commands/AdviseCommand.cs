using System.CommandLine;
using LossSpikes.Lab.Advising;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab advise FILE</c>.</summary>
internal static class AdviseCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The experiment file (YAML)." };
        var set = new Option<string[]>("--set")
        {
            Description = "Replace a value of the file: --set optimizer.learning_rate=0.2",
            HelpName = "key.path=value",
            DefaultValueFactory = _ => [],
        };
        var steps = Count("--steps", "How many steps of the run are tried.", 200);
        var warmUp = Count("--warm-up", "After how many steps the sharpness is measured again.", 50);
        var output = new Option<string?>("--out")
        {
            Description = "The folder of the advice, which must not exist. Default: runs/advice-NAME.",
            HelpName = "DIR",
        };
        var json = new Option<bool>("--json") { Description = "Print advice.json and the folder's path on standard output, and nothing else." };
        var command = new Command("advise", """
            Look ahead at a run that has not begun: its sharpness at the start and after a short warm-up, the largest stable learning
            rate, the time until the edge of stability; the first steps are tried as planned, and below and above that learning rate.

            Example: lab advise experiments/edge-of-stability.yaml
            """)
        { file, set, steps, warmUp, output, json };
        command.SetAction((parsed, cancellation) =>
        {
            var experiment = ExperimentFile.Load(parsed.GetValue(file)!, parsed.GetValue(set)!);
            var folder = DiagnosisFolder.Require(parsed.GetValue(output) ?? RunWriter.FreeFolder($"advice-{experiment.Name}"));
            using var start = StartCase.Of(experiment, ExperimentRunner.Prepare(experiment));
            var futures = new FutureRunner(start, parsed.GetValue(steps), DiagnosisFolder.Futures(folder), terminal.Diagnostics.WriteLine, cancellation);
            var outlook = Outlook.Of(start, parsed.GetValue(warmUp), futures, cancellation);
            var page = OutlookPage.Write(folder, outlook);
            terminal.Results.WriteLine(parsed.GetValue(json) ? outlook.Describe(("directory", folder)) : $"{string.Join('\n', outlook.Advice)}\npage: {page}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Option<int> Count(string name, string description, int value) => BoundedOption.Of(name, description, value, n => n >= 1, "at least 1");
}
