using System.Globalization;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Runs;

/// <summary>Whether a run was normal, in one line, by stated rules; the first that applies counts.</summary>
internal static class RunVerdict
{
    /// <summary>The line.</summary>
    /// <param name="summary">The run, but for its verdict.</param>
    /// <param name="last">Its last spike with an instability behind it, or null.</param>
    public static string Of(RunSummary summary, SpikeEvent? last)
    {
        var spikes = summary.Spikes.Values.Sum();
        var open = summary.Spikes["unfinished"] > 0 ? ", the last one still open" : "";
        return summary.Outcome == RunOutcome.Diverged
                ? $"no: {(last is { Outcome: SpikeOutcome.Diverged } ? last.Meaning : "the loss diverged, and no instability was measured before")}"
            : last?.Grows == true ? $"no: the loss {last.Meaning}"
            : last is { Outcome: SpikeOutcome.Sustained } ? $"no: an oscillation remains; {last.Meaning}"
            : last?.Mechanism == Mechanism.SustainedOscillation ? "no: an oscillation does not die, and the loss stops falling; lower η"
            : last?.Batch is not null ? $"yes: {Counted(spikes, "spike")} of the batch's loss{open}; the last: {last.Meaning}"
            : spikes > 0 ? $"yes: {Counted(spikes, "spike")} at the edge of stability, self-correcting{open}"
            : summary.UnmeasuredRises > 0
                ? $"not known: {Counted(summary.UnmeasuredRises, "rise")} of the loss where the curvature was not measured; measure every step"
            : summary.Rises > 0 ? summary.RipplePeriod is null
                ? $"no instability: look at the data of the {Counted(summary.Rises, "rise")} of the loss"
                : $"yes: no instability; {Counted(summary.Rises, "rise")} of the loss while momentum passes a minimum"
            : summary.MeasuredSteps == 0 ? "not known: the curvature was not measured"
            : summary.FirstCrossing is not null
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"yes: the sharpness passed the threshold and the loss did not spike (mean S/T {summary.MeanSharpnessOverThreshold:F3} since)")
            : "yes: the sharpness stayed below the threshold, and the loss did not spike";
    }

    private static string Counted(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
