using System.CommandLine;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab diagnose RUN --spike ID</c>.</summary>
internal static class DiagnoseCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("FILE") { Description = "A run folder.", Arity = new ArgumentArity(1, 2) };
        var spike = new Option<int?>("--spike") { Description = "With a run folder: the spike's number, id in events.jsonl. Default: the first.", HelpName = "ID" };
        var steps = new Option<int>("--steps") { Description = "How many updates each replay makes.", HelpName = "N", DefaultValueFactory = _ => 200 };
        var output = new Option<string?>("--out") { Description = "The folder of the diagnosis, which must not exist. Default: runs/diagnosis-NAME.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Print diagnosis.json and the folder's path on standard output, and nothing else." };
        var command = new Command("diagnose", "Explain a spike that has already happened.") { files, spike, steps, output, json };
        command.SetAction((parsed, cancellation) =>
        {
            using var @case = RunCase.Open(parsed.GetValue(files)![0], parsed.GetValue(spike) ?? 1);
            var folder = DiagnosisFolder.Require(parsed.GetValue(output) ?? RunWriter.FreeFolder($"diagnosis-{@case.Experiment.Name}"));
            var futures = new FutureRunner(@case, parsed.GetValue(steps), DiagnosisFolder.Futures(folder), terminal.Diagnostics.WriteLine, cancellation);
            var diagnosis = SpikeDiagnosis.Of(@case, futures);
            var page = DiagnosisFolder.Write(folder, diagnosis);
            terminal.Results.WriteLine(parsed.GetValue(json) ? diagnosis.Describe(("directory", folder)) : $"{diagnosis.Answer}\npage: {page}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
