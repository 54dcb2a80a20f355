using System.Globalization;
using Spectre.Console;

namespace LossSpikes.Lab.Replays;

/// <summary>A replay's report, for people.</summary>
internal static class ReplayTable
{
    public static void Print(IAnsiConsole console, ReplayReport report)
    {
        var table = new Table().RoundedBorder().AddColumns($"spike {report.Spike}", "was", $"would have been ({report.Change} at step {report.At})");
        Row("outcome", f => $"{f.Outcome?.ToString().ToLowerInvariant() ?? "no spike"}");
        Row("peak loss", f => $"{f.PeakLoss:G5}");
        Row("peak step", f => $"{f.PeakStep}");
        Row("highest S/T", f => $"{f.HighestSharpnessOverThreshold:F3}");
        Row("loss at the end", f => $"{f.EndLoss:G5} (step {f.EndStep})");
        console.Write(table);

        void Row(string name, Func<Branch, FormattableString> value) => table.AddRow(name, Cell(value(report.Was)), Cell(value(report.WouldHaveBeen)));

        static string Cell(FormattableString value) => value.ToString(CultureInfo.InvariantCulture) is { Length: > 0 } text ? Markup.Escape(text) : "–";
    }
}
