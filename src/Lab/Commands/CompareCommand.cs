using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Comparison;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles;
using Spectre.Console;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab compare DIR DIR…</c>.</summary>
internal static class CompareCommand
{
    public static Command Create(Terminal terminal)
    {
        var folders = new Argument<string[]>("DIR") { Description = "Two or more run folders.", Arity = new ArgumentArity(2, 100) };
        var folder = new Option<string>("--out")
        {
            Description = "Where the figure and the table, as CSV and JSON, go; files of an earlier call are replaced.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "comparison",
        };
        var format = new Option<FigureFormat>("--format") { Description = "png or svg.", HelpName = "png|svg", DefaultValueFactory = _ => FigureFormat.Png };
        var json = new Option<bool>("--json") { Description = "Print the table as JSON." };
        var command = new Command(
            "compare", "Set runs side by side in units that do not depend on their scale, with one table of their spikes. "
                + "A run and its flows (lab flow) get a figure "
                + "of loss, smoothed loss, prediction, sharpness and distance.") { folders, folder, format, json };
        command.SetAction(parsed =>
        {
            var runs = ComparedRun.Read(parsed.GetValue(folders)!);
            var statistics = runs.Select(SpikeStatistics.Of).ToList();
            var directory = Path.GetFullPath(parsed.GetValue(folder)!);
            var figure = ComparisonFigure.Draw(runs).Save(directory, "comparison", parsed.GetValue(format));
            var flows = FlowFigure.Find(runs, terminal.Diagnostics.WriteLine);
            var flowFigure = flows is var (run, of) ? FlowFigure.Draw(run, of).Save(directory, "flow", parsed.GetValue(format)) : null;
            var rows = JsonSerializer.SerializeToNode(statistics, RecordJson.Options)!.AsArray();
            AtomicFile.WriteText(Path.Combine(directory, "comparison.csv"), Csv(rows));
            AtomicFile.WriteText(Path.Combine(directory, "comparison.json"), rows.ToJsonString() + "\n");
            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(rows.ToJsonString());
                return ExitCode.Done;
            }

            terminal.ResultsConsole.Write(Table(rows));
            foreach (var flow in flows?.Flows ?? [])
            {
                terminal.Results.WriteLine($"{flow.Name}: {FlowScore.Of(flow.Metrics)!.Text}");
            }

            foreach (var path in (string?[])[figure, flowFigure])
            {
                terminal.Results.Write(path is null ? "" : $"figure: {path}\n");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string Csv(JsonArray rows) => string.Concat(
        rows.Select(r => r!.AsObject().Select(c => c.Value?.ToString() ?? "")).Prepend(rows[0]!.AsObject().Select(c => c.Key)).Select(CsvText.Line));

    /// <summary>One column per run, for people.</summary>
    private static Table Table(JsonArray rows)
    {
        var table = new Table().RoundedBorder().AddColumns(["", .. rows.Select(r => Markup.Escape((string)r!["run"]!))]);
        foreach (var name in rows[0]!.AsObject().Select(c => c.Key).Where(k => k != "run"))
        {
            table.AddRow([name.Replace('_', ' '), .. rows.Select(r => r![name] is { } v ? ((double)v).ToString("G4", CultureInfo.InvariantCulture) : "–")]);
        }

        return table;
    }
}
