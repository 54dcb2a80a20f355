using System.CommandLine;
using System.Text.Json;
using LossSpikes.Lab.Article;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab article</c>.</summary>
internal static class ArticleCommand
{
    public static Command Create(Terminal terminal)
    {
        var figure = new Option<int?>("--figure") { Description = "Draw only this figure, 1 to 7.", HelpName = "N" };
        var folder = new Option<string>("--out")
        {
            Description = "The output folder; files of an earlier call are replaced.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "article",
        };
        var json = new Option<bool>("--json") { Description = "Print the claims as JSON." };
        var command = new Command(
            "article", "Draw the article's figures, and a page that compares each of its claims with a measurement.") { figure, folder, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(figure) is { } number and (< ArticleWriter.First or > ArticleWriter.Last))
            {
                throw new InputException($"--figure {number}: the article's figures are {ArticleWriter.First} to {ArticleWriter.Last}");
            }

            NativeTorch.EnsureLoaded();
            TorchSharp.torch.set_num_threads(1);
            var directory = Path.GetFullPath(parsed.GetValue(folder)!);
            var claims = ArticleWriter.Write(directory, parsed.GetValue(figure), terminal.Diagnostics);
            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(JsonSerializer.Serialize(new { directory, claims }, RecordJson.Options));
                return ExitCode.Done;
            }

            foreach (var claim in claims)
            {
                terminal.Results.WriteLine(
                    $"{claim.Verdict.ToString().ToLowerInvariant(),-12} {claim.Claim}\n             article: {claim.Article}; measured: {claim.Measured}");
            }

            terminal.Results.WriteLine(directory);
            return ExitCode.Done;
        });
        return command;
    }
}
