using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>An explained spike in one sentence.</summary>
internal static class SpikeSentence
{
    /// <summary>The sentence.</summary>
    public static string Of(SpikeEvent spike)
    {
        var evidence = spike.Evidence;
        List<string> parts = [Cause(spike, evidence)];
        if (spike.GrowthPerStep is { } growth)
        {
            parts.Add(Invariant($"the oscillation grew ×{growth.Measured:F3} per step (predicted {growth.Predicted:F3})"));
        }

        if (spike.SharpnessFall is { } fall)
        {
            parts.Add(Invariant($"self-stabilization lowered S by {-fall.Measured:G3} (predicted {-fall.Predicted:G3})"));
        }

        if (spike.Seed == PerturbationSource.Rounding)
        {
            parts.Add($"its time was set by rounding in {spike.Dtype}");
        }

        var outcome = spike.Outcome == SpikeOutcome.Recovered ? "" : $", {spike.Outcome.ToString().ToLowerInvariant()}";
        return $"{spike.Name} (steps {spike.OnsetStep}–{spike.EndStep}, loss {spike.Size}{outcome}): {string.Join("; ", parts)}{spike.Ending}";
    }

    private static string Cause(SpikeEvent spike, MechanismEvidence? evidence) => spike.Mechanism switch
    {
        Mechanism.Divergence => "S stayed above the threshold and nothing stopped the growth",
        Mechanism.Catapult => Invariant($"S began {Excess(evidence!)} above the threshold and was catapulted below it"),
        Mechanism.LearningRateChange => Invariant($"the threshold came down to S at step {spike.CrossingStep}, {Excess(evidence!)} below it"),
        Mechanism.SustainedOscillation =>
            Invariant($"an oscillation along mode {evidence!.BurstRank} that does not die, S up to {Excess(evidence)} above the threshold"),
        Mechanism.Preconditioner =>
            Invariant($"the preconditioner shrank and raised P⁻¹H {Excess(evidence!)} above the threshold; the Hessian itself hardly changed"),
        Mechanism.SecondEigenvalue =>
            Invariant($"mode {evidence!.BurstRank} burst, {Excess(evidence)} above the threshold, not the first mode of the crossing"),
        Mechanism.EdgeOfStability => Invariant($"S had exceeded the threshold by up to {Excess(evidence!)} for {evidence!.StepsAboveThreshold} steps"),
        _ => evidence is null ? "unknown: not measured" : Invariant(
            $"unknown: no instability accounts for it ({evidence.StepsAboveThreshold} steps above the threshold, ")
            + Invariant($"{evidence.Alternations} changes of sign, displacements along the tracked modes make {evidence.EnergyShare:P0} of the first rise)"),
    };

    private static string Excess(MechanismEvidence evidence) => Invariant($"{evidence.HighestRatio - 1:P1}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
