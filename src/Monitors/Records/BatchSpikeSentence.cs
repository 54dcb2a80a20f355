using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>A spike of a mini-batch's loss in one sentence.</summary>
internal static class BatchSpikeSentence
{
    /// <summary>The sentence.</summary>
    public static string Of(SpikeEvent spike, BatchEvidence evidence)
    {
        var outcome = spike.Outcome == SpikeOutcome.Recovered ? "" : $", {spike.Outcome.ToString().ToLowerInvariant()}";
        var steps = spike.OpenStep == spike.EndStep ? $"step {spike.OpenStep}" : $"steps {spike.OpenStep}–{spike.EndStep}";
        return $"{spike.Name} ({steps}, batch loss {spike.Size}{outcome}): {Cause(spike, evidence)}{spike.Ending}";
    }

    private static string Cause(SpikeEvent spike, BatchEvidence e) => spike.Mechanism switch
    {
        Mechanism.BadBatch => Invariant($"a bad batch: its loss was {e.ThisBefore:G3} already before the rise, when other batches had {e.OthersBefore:G3}, ")
            + Invariant($"and those have {e.OthersNow:G3} now"),
        Mechanism.Noise => e.SharedRise < 0.5
            ? Invariant($"noise: a batch of high loss, {e.ScoreBefore:F1} spreads above others before the rise too; the others did not rise")
            : Invariant($"noise of the gradients: {Risen(e)}, with S at {e.SharpnessRatio:F2} of the threshold"),
        Mechanism.StateReset => Invariant($"the optimizer's state was reset: P fell to {e.PreconditionerDrop:P0} in one step, and {Grown(e)}"),
        Mechanism.LearningRateChange => Invariant($"the learning rate had risen ×{e.LearningRateRise:G3}; {Risen(e)}"),
        Mechanism.Preconditioner => $"v̂ lags behind g²{(e.HalfLife is { } half ? Invariant($" (it forgets half in {half:F0} steps)") : "")}: "
            + Invariant($"the root mean square of g/√v̂ rose to {e.Staleness:G3}; at step {e.ExaminedStep} it was {Stale(e)}"),
        Mechanism.EdgeOfStability or Mechanism.Divergence =>
            Invariant($"an instability: S was {e.SharpnessRatio:F2} of the threshold, and {Risen(e)}"),
        _ => $"{Risen(e)} too, and the curvature was not measured",
    };

    private static string Risen(BatchEvidence e) => Invariant($"other batches rose from {e.OthersBefore:G3} to {e.OthersNow:G3}");

    private static string Grown(BatchEvidence e) =>
        e.GrownParameter is null ? "the steps grew" : Invariant($"the steps of {e.GrownParameter} grew ×{e.StepGrowth:G3}");

    private static string Stale(BatchEvidence e) => string.Join(
        ", ", (e.StaleParameters ?? []).Select(s => Invariant($"{s.Staleness:G3} in {s.Name} (step ×{s.StepGrowth:G3})")));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
