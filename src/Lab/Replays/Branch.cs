using LossSpikes.Monitors;

namespace LossSpikes.Lab.Replays;

/// <summary>The outcome of a spike in one branch of a replay. Null where there was no spike, or nothing was measured.</summary>
/// <param name="Outcome">How the spike ended.</param>
/// <param name="PeakLoss">Its highest loss.</param>
/// <param name="PeakStep">The step of it.</param>
/// <param name="HighestSharpnessOverThreshold">The highest S/T of the rows that are compared, spike or none.</param>
/// <param name="EndStep">The last of these rows.</param>
/// <param name="EndLoss">The loss there, as the optimizer saw it.</param>
internal sealed record Branch(SpikeOutcome? Outcome, double? PeakLoss, long? PeakStep, double? HighestSharpnessOverThreshold, long EndStep, double EndLoss)
{
    /// <summary>The branch that a run recorded.</summary>
    /// <param name="rows">The rows that are compared.</param>
    /// <param name="spike">The spike there, or null.</param>
    public static Branch Of(IReadOnlyList<Measurement> rows, SpikeEvent? spike) =>
        new(spike?.Outcome, spike?.PeakLoss, spike?.PeakStep, rows.Max(m => m.Sharpness / m.Threshold), rows[^1].Step, rows[^1].StepLoss);
}
