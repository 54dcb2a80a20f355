using System.Globalization;
using LossSpikes.Lab.Pages;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Reports;

/// <summary>Forecasts that have ended as a table, with their baselines.</summary>
internal static class ScoreTable
{
    /// <summary>The table.</summary>
    public static PageTable Of(IReadOnlyList<ForecastScoredEvent> scores) => new(
        ["Of", "Said at step", "Expected", "Came", "Error", "In range", "Line", "Parabola", "Error of |x|", "Closed form"],
        [.. scores.Select(s => (IReadOnlyList<PageCell>)
        [
            new PageCell(EnumWords.Of(s.Kind)) { Heads = true },
            Text(s.ForecastStep), Text(s.Expected), Came(s), Text(s.ErrorSteps), s.WithinRange switch { true => "yes", false => "no", null => "–" },
            Text(s.ErrorStepsLine), Text(s.ErrorStepsParabola), Share(s.ErrorDisplacement), Share(s.ErrorDisplacementClosedForm),
        ])]);

    private static string Came(ForecastScoredEvent score) =>
        score.Actual is not null ? Text(score.Actual) : score.Withdrawn is null ? "did not come" : $"withdrawn: {score.Withdrawn}";

    private static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "–";

    private static string Share(double? value) => value?.ToString("P1", CultureInfo.InvariantCulture) ?? "–";
}
