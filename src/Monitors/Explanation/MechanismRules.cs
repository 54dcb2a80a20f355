using LossSpikes.Monitors.Records;

namespace LossSpikes.Monitors.Explanation;

/// <summary>The rules by which evidence becomes a mechanism, in their order.</summary>
internal static class MechanismRules
{
    // An instability flips sides at every step and makes at least half of the rise; fewer flips than three are chance, unless
    // the whole rise took fewer steps.
    private const int Flips = 3;
    private const double Share = 0.5, Persistent = 0.1;

    /// <summary>Decides.</summary>
    /// <param name="outcome">How the spike ended.</param>
    /// <param name="risingSteps">Steps from the onset to the peak.</param>
    /// <param name="evidence">What is known.</param>
    public static Mechanism Decide(SpikeOutcome outcome, long risingSteps, MechanismEvidence evidence) =>
        outcome == SpikeOutcome.Diverged && evidence.StepsAboveThreshold > 0 ? Mechanism.Divergence
        : evidence.AboveFromStart ? Mechanism.Catapult
        : !Unstable(risingSteps, evidence) ? Mechanism.Unknown
        : evidence.ThresholdFall > Math.Max(evidence.SharpnessRise ?? 0, 0) ? Mechanism.LearningRateChange
        : evidence.Persistence > Persistent ? Mechanism.SustainedOscillation
        : evidence.RawSharpnessRise < evidence.SharpnessRise / 2 ? Mechanism.Preconditioner
        : evidence.FirstAtCrossing == false ? Mechanism.SecondEigenvalue
        : Mechanism.EdgeOfStability;

    private static bool Unstable(long risingSteps, MechanismEvidence evidence) =>
        evidence.StepsAboveThreshold > 0
        && evidence.Alternations >= Math.Min(Flips, risingSteps)
        && evidence.EnergyShare >= Share;
}
