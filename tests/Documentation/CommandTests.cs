using System.CommandLine;
using System.CommandLine.Parsing;
using LossSpikes.Lab.Commands;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Views;

namespace LossSpikes.Tests.Documentation;

/// <summary>The commands of the pages are commands of the lab, and the experiments that they run are there and take their settings.</summary>
public sealed class CommandTests
{
    private const string Built = "dotnet run -c Release --project src/Lab -- ";

    private static readonly RootCommand Lab = LabCommand.Create(new Terminal(TextWriter.Null, TextWriter.Null, interactive: false));

    public static TheoryData<string, string> Commands =>
        [.. from page in Page.All from line in page.BlockLines let command = Command(line) where command is not null select (page.Path, command)];

    /// <summary>Those in sentences may leave arguments out, and those of tables show what is optional by brackets and dots.</summary>
    public static TheoryData<string, string> Mentions =>
    [
        .. from page in Page.All from code in page.Inline
            let command = Command(code)
            where command is not null && !command.Contains("COMMAND", StringComparison.Ordinal) && command.IndexOfAny(['[', '…', '|']) < 0
            select (page.Path, command),
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_command_is_one_of_the_lab(string page, string command)
    {
        var parsed = Lab.Parse(Words(command));

        Assert.True(parsed.Errors.Count == 0, $"{page}, {command}: {string.Join(' ', parsed.Errors)}");
        foreach (var file in Words(command).Where(w => w.StartsWith("experiments/", StringComparison.Ordinal)))
        {
            ExperimentFile.Load(Repository.File(file), parsed.CommandResult.Command.Name == "run" ? parsed.GetValue<string[]>("--set")! : []);
        }
    }

    [Theory]
    [MemberData(nameof(Mentions))]
    public void Each_command_that_is_mentioned_is_one_of_the_lab(string page, string command)
    {
        var parsed = Lab.Parse(Words(command));

        Assert.True(parsed.UnmatchedTokens.Count == 0 && (parsed.CommandResult.Command != Lab || command == "--help"), $"{page}: {command}");
    }

    /// <summary>A command line of the lab without its program, comment and redirection; null for any other line.</summary>
    private static string? Command(string line)
    {
        var code = line.Split(" #")[0].Split(" >")[0].Trim();
        return code.StartsWith("lab ", StringComparison.Ordinal) ? code["lab ".Length..]
            : code.StartsWith(Built, StringComparison.Ordinal) ? code[Built.Length..]
            : null;
    }

    /// <summary>The words of a command line; a shell's single quotes hold one together.</summary>
    private static string[] Words(string command) => [.. CommandLineParser.SplitCommandLine(command.Replace('\'', '"'))];
}
