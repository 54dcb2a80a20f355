using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Checks;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab check [NAME]</c>.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "One of: " + string.Join("; ", TheoryChecks.All.Select(c => $"{c.Name} ({c.Description})")) + ". All of them when left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var folder = new Option<string?>("--out") { Description = "Save the figures of those checks that have one here.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Print the rows as JSON." };
        var command = new Command("check", "Measure what the theory predicts. Exit code 2 when something does not hold.") { name, folder, json };
        command.SetAction(parsed =>
        {
            var checks = Chosen(parsed.GetValue(name));
            NativeTorch.EnsureLoaded();
            TorchSharp.torch.set_num_threads(1);
            var rows = new List<CheckRow>();
            foreach (var check in checks)
            {
                terminal.Diagnostics.WriteLine($"{check.Name}: {check.Description}");
                rows.AddRange(check.Run());
                if (parsed.GetValue(folder) is { } directory && check.Figure is { } figure)
                {
                    terminal.Diagnostics.WriteLine($"figure: {figure.Save(Path.GetFullPath(directory), check.Name, FigureFormat.Png)}");
                }
            }

            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(JsonSerializer.Serialize(rows, RecordJson.Options));
            }
            else
            {
                foreach (var row in rows)
                {
                    terminal.Results.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{(row.Pass ? "holds " : "FAILS ")} {row.Name}: measured {row.Measured:G6}, predicted {row.Predicted:G6}, tolerance "
                            + $"{row.Tolerance:G2}"));
                }
            }

            return rows.All(r => r.Pass) ? ExitCode.Done : ExitCode.BadInput;
        });
        return command;
    }

    private static IReadOnlyList<ITheoryCheck> Chosen(string? name)
    {
        var names = TheoryChecks.All.Select(c => c.Name).ToList();
        return name is null ? TheoryChecks.All
            : names.Contains(name) ? [.. TheoryChecks.All.Where(c => c.Name == name)]
            : throw new InputException($"there is no check \"{name}\"; {NearestName.Advice(name, names)}");
    }
}
