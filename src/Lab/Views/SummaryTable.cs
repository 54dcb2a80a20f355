using System.Globalization;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using Spectre.Console;

namespace LossSpikes.Lab.Views;

/// <summary>The end of a run, for people.</summary>
internal static class SummaryTable
{
    /// <summary>Prints a run.</summary>
    /// <param name="console">The console.</param>
    /// <param name="summary">The run.</param>
    /// <param name="spikes">Its first spikes, a sentence each.</param>
    /// <param name="thresholdFormula">The formula of its threshold.</param>
    /// <param name="directory">Its folder.</param>
    /// <param name="report">Its figures and its page.</param>
    public static void Print(
        IAnsiConsole console, RunSummary summary, IReadOnlyList<string> spikes, string thresholdFormula, string directory, RunReport report)
    {
        var table = new Table().RoundedBorder().HideHeaders().AddColumns("", "");
        void Row(string name, params FormattableString[] parts) =>
            table.AddRow(name, Markup.Escape(string.Concat(parts.Select(FormattableString.Invariant))));

        Row("run", summary.Outcome == RunOutcome.Diverged ? $"{summary.Name}: {EnumWords.Of(summary.Outcome)}"
            : (FormattableString)$"{summary.Name}: {EnumWords.Of(summary.Outcome)}, {EnumWords.Of(summary.Behaviour)} at the end");
        Row("normal?", $"{summary.Verdict}");
        Row("steps", $"{summary.Steps} in {summary.Seconds:F1} s ({summary.StepsPerSecond:F1} per second)");
        Row("loss", $"{summary.InitialLoss:G5} → {summary.FinalLoss:G5} (lowest {summary.BestLoss:G5} at step {summary.BestLossStep})");
        if (summary.FinalAccuracy is not null)
        {
            Row("accuracy", $"{summary.FinalAccuracy:P1} (best {summary.BestAccuracy:P1})");
        }

        if (summary.FinalSharpness is not null)
        {
            Row(
                "sharpness",
                $"{summary.FinalSharpness:G5} at the end, {summary.HighestSharpness:G5} at most; threshold {thresholdFormula} = {summary.FinalThreshold:G5}");
        }

        if (summary.FirstCrossing is not null)
        {
            Row(
                "first crossing",
                $"step {summary.FirstCrossing}; mean S/T from there on {summary.MeanSharpnessOverThreshold:F3}; ",
                $"{summary.CrossingsUp} times up, {summary.CrossingsDown} down");
        }

        Row("spikes", $"{Spikes(summary)}");
        foreach (var sentence in spikes)
        {
            Row("", $"{sentence}");
        }

        if (summary.Spikes.Values.Sum() - spikes.Count is > 0 and var more)
        {
            Row("", $"… and {more} more, see {RunReport.File} and events.jsonl");
        }

        if (summary.Forecasts is { } forecasts)
        {
            Row("forecasts", $"{ForecastText.Of(forecasts)}");
        }

        if (summary.Flow is { } flow)
        {
            Row("flow", $"{flow.Text}; distance to the run at the end {flow.FinalDistance:G4}");
        }

        Row(
            "measured",
            summary.MeasuredSteps == 0 ? $"0 steps" : (FormattableString)$"{summary.MeasuredSteps} steps with {summary.HvpsPerMeasuredStep:F2} HVPs each",
            summary.HvpsSaved > 0 ? $" (about {summary.HvpsSaved:F0} saved at the others)" : (FormattableString)$"",
            $"; {summary.UnconvergedSteps} not converged; {summary.AuditsAdopted} of {summary.Audits} audits corrected the tracker");
        if (summary.Warnings > 0)
        {
            Row("warnings", $"{summary.Warnings}, see events.jsonl");
        }

        Row("folder", $"{directory}");
        console.Write(table);
        foreach (var figure in report.RunFigures)
        {
            // Outside the table, so that a long path stays whole and can be clicked.
            console.WriteLine($"figure: {figure}");
        }

        console.WriteLine($"report: {report.Page}");
    }

    private static string Spikes(RunSummary summary)
    {
        var kinds = summary.Spikes.Where(s => s.Value > 0).Select(s => $"{s.Value} {s.Key}").ToList();
        var rises = RiseText.Of(summary.Rises, summary.UnmeasuredRises, summary.RipplePeriod) is { Length: > 0 } text ? $"; {text}" : "";
        return (kinds.Count == 0 ? "none" : string.Join(", ", kinds))
            + (summary.HighestRise is { } highest ? string.Create(CultureInfo.InvariantCulture, $"; highest rise ×{highest:G4}") : "") + rises;
    }
}
