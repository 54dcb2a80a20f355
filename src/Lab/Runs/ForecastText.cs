using System.Globalization;

namespace LossSpikes.Lab.Runs;

/// <summary>The scores of a run's forecasts in words.</summary>
internal static class ForecastText
{
    /// <summary>Such as “4 of crossings, mean |error| 2 steps (line 14, parabola 11.5); 1 of spikes, …”.</summary>
    public static string Of(ForecastScores scores)
    {
        List<string> parts = [];
        if (scores.Crossings is { Count: > 0 } c)
        {
            parts.Add(Invariant(
                $"{c.Count} of crossings, mean |error| {Counted(c.ErrorSteps)} (line {Steps(c.ErrorStepsLine)}, parabola {Steps(c.ErrorStepsParabola)})"));
        }

        if (scores.Spikes is { Count: > 0 } s)
        {
            parts.Add(Invariant(
                $"{s.Count} of spikes, mean |error| {Counted(s.ErrorSteps)}, |x| {Share(s.ErrorDisplacement)} ")
                + Invariant($"(closed form {Share(s.ErrorDisplacementClosedForm)}), rise of the loss {Share(s.ErrorRise)}"));
        }

        var missed = scores.Crossings.Missed + scores.Spikes.Missed;
        if (missed > 0)
        {
            parts.Add(Invariant($"{missed} did not come"));
        }

        var withdrawn = scores.Crossings.Withdrawn + scores.Spikes.Withdrawn;
        if (withdrawn > 0)
        {
            parts.Add(Invariant($"{withdrawn} withdrawn"));
        }

        return parts.Count == 0 ? "none" : string.Join("; ", parts);
    }

    private static string Counted(MeanError error) => Steps(error) is var steps && steps == "1" ? "1 step" : $"{steps} steps";

    private static string Steps(MeanError error) => error.MeanAbsolute is { } mean ? Invariant($"{mean:0.#}") : "–";

    private static string Share(MeanError error) => error.MeanAbsolute is { } mean ? Invariant($"{mean:P1}") : "–";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
