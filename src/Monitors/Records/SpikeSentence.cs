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

        if (spike.Seed == PerturbationSource.Rounding)
        {
            parts.Add($"its time was set by rounding in {spike.Dtype}");
        }

        var outcome = spike.Outcome == SpikeOutcome.Recovered ? "" : $", {spike.Outcome.ToString().ToLowerInvariant()}";
        return $"{spike.Name} (steps {spike.OnsetStep}–{spike.EndStep}, loss {spike.Size}{outcome}): {string.Join("; ", parts)}{spike.Ending}";
    }

    private static string Cause(SpikeEvent spike, MechanismEvidence? evidence) => spike.Mechanism switch
    {
        Mechanism.Divergence => $"{Cause(spike with { Mechanism = spike.Cause ?? Mechanism.EdgeOfStability }, evidence)}, and nothing stopped the growth",
        Mechanism.Catapult => spike.Outcome == SpikeOutcome.Diverged
            ? Invariant($"S began {evidence!.FirstRatio - 1:P1} above the threshold")
            : Invariant($"S began {evidence!.FirstRatio - 1:P1} above the threshold and was catapulted to {1 - evidence.LowestRatio:P1} below it"),
        Mechanism.LearningRateChange => Invariant(
            $"the threshold fell by {1 - Math.Exp(-evidence!.ThresholdFall!.Value):P1} up to step {evidence.ChangeStep}, to below S; ")
            + Above(evidence),
        Mechanism.SustainedOscillation => $"an oscillation that does not die; {Above(evidence!)}",
        Mechanism.Preconditioner => Invariant(
            $"the preconditioner shrank: up to step {evidence!.ChangeStep} the sharpness of P⁻¹H rose by {Math.Exp(evidence.SharpnessRise!.Value) - 1:P1}, ")
            + Invariant($"that of H by {Math.Exp(evidence.RawSharpnessRise!.Value) - 1:P1}; ") + Above(evidence),
        Mechanism.SecondEigenvalue => Invariant($"eigenvector {evidence!.BurstRank} burst, not the one that crossed the threshold; ") + Above(evidence),
        Mechanism.EdgeOfStability => Above(evidence!),
        _ => evidence is null ? "unknown: not measured" : Invariant(
            $"unknown: {Above(evidence)}, but the oscillation does not account for the rise ({evidence.Alternations} changes of side; displacements ")
            + Invariant($"make {evidence.EnergyShare:P0} of the first rise)"),
    };

    private static string Above(MechanismEvidence evidence) => Invariant(
        $"S had exceeded the threshold by up to {evidence.HighestRatio - 1:P1} in {evidence.StepsAboveThreshold} ")
        + (evidence.StepsAboveThreshold == 1 ? "step" : "steps");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
