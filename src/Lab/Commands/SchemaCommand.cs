using System.CommandLine;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("schema", "Print the JSON schema of experiment files: every key, its meaning, its limits.");
        command.SetAction(_ =>
        {
            terminal.Results.WriteLine(ExperimentFile.Schema);
            return ExitCode.Done;
        });
        return command;
    }
}
