namespace LossSpikes.Monitors.Explanation;

/// <summary>The evidence in the window of a spike, and the rules by which it decides the mechanism. The first rule that holds counts.</summary>
internal static class MechanismRules
{
    // An instability changes sign at every step and makes at least half of the rise; fewer than three changes may be chance, unless
    // the whole rise took fewer steps.
    private const int Flips = 3;
    private const double Share = 0.5;

    // An oscillation that never falls below half of its peak is sustained, and stays so until one falls below a quarter: like bursts in a row
    // get like names.
    private const double Sustained = 0.5, StillSustained = 0.25;

    // Measured steps before the crossing over which T, S and the sharpness of H are compared.
    private const int StepsBefore = 10;

    /// <summary>The evidence of one spike.</summary>
    /// <param name="spike">The spike.</param>
    /// <param name="window">Its steps.</param>
    /// <param name="fromStart">Whether the window begins with the run.</param>
    public static MechanismEvidence Evidence(SpikeEvent spike, SpikeWindow window, bool fromStart)
    {
        var ratios = Enumerable.Range(0, window.Peak + 1).Select(i => window.Eigenvalue(i) / window.Rows[i].Threshold).Where(r => r is not null).ToList();
        var crossing = window.Crossing;
        var before = crossing is { } c ? window.Rows[Math.Max(0, c - StepsBefore)] : null;
        var at = crossing is { } d ? window.Rows[d] : null;
        return new MechanismEvidence
        {
            HighestRatio = ratios.Max(),
            StepsAboveThreshold = ratios.Count(r => r > 1),
            BurstRank = window.BurstRank,
            FirstAtCrossing = at is null ? null : at.Explanation!.Modes[0] == window.Mode,
            Alternations = Enumerable.Range(window.Open, Math.Max(1, window.Peak - window.Open + 1)).Max(window.Flips),
            EnergyShare = window.Rows[window.Open].Explanation!.OscillationEnergy / (window.Rows[window.Open].Loss - spike.OnsetLoss),
            Persistence = Persistence(spike, window),
            ThresholdFall = Rise(at, before, m => m.Threshold),
            SharpnessRise = Rise(before, at, m => m.Sharpness),
            RawSharpnessRise = Rise(before, at, m => m.HessianSharpness),
            AboveFromStart = fromStart && window.Rows[0].Step == 0 && window.Rows.Take(window.Open + 1).All(r => r.Sharpness > r.Threshold),
        };
    }

    /// <summary>The mechanism.</summary>
    /// <param name="outcome">How the spike ended.</param>
    /// <param name="risingSteps">Steps from the onset to the peak.</param>
    /// <param name="evidence">The evidence.</param>
    /// <param name="afterSustained">Whether the last spike was a sustained oscillation.</param>
    public static Mechanism Decide(SpikeOutcome outcome, long risingSteps, MechanismEvidence evidence, bool afterSustained) =>
        outcome == SpikeOutcome.Diverged && evidence.StepsAboveThreshold > 0 ? Mechanism.Divergence
        : evidence.AboveFromStart ? Mechanism.Catapult
        : !Unstable(risingSteps, evidence) ? Mechanism.Unknown
        : evidence.ThresholdFall > Math.Max(evidence.SharpnessRise ?? 0, 0) ? Mechanism.LearningRateChange
        : evidence.Persistence > (afterSustained ? StillSustained : Sustained) ? Mechanism.SustainedOscillation
        : evidence.RawSharpnessRise < evidence.SharpnessRise / 2 ? Mechanism.Preconditioner
        : evidence.FirstAtCrossing == false ? Mechanism.SecondEigenvalue
        : Mechanism.EdgeOfStability;

    private static bool Unstable(long risingSteps, MechanismEvidence evidence) =>
        evidence.StepsAboveThreshold > 0
        && evidence.Alternations >= Math.Min(Flips, risingSteps)
        && evidence.EnergyShare >= Share;

    private static double? Rise(Measurement? from, Measurement? to, Func<Measurement, double?> value) =>
        from is not null && to is not null
        && Math.Log(value(to) ?? double.NaN) - Math.Log(value(from) ?? double.NaN) is var rise && double.IsFinite(rise)
            ? rise
            : null;

    private static double? Persistence(SpikeEvent spike, SpikeWindow window)
    {
        var largest = Sizes(window.Open, window.Rows.Count - 1).Max();
        var before = Sizes(0, window.Open).Min();
        var after = spike.Outcome == SpikeOutcome.Sustained ? Sizes(window.Peak, window.Rows.Count - 1).Min() : 0;
        return Math.Max(before ?? 0, after ?? 0) / largest;

        IEnumerable<double?> Sizes(int from, int to) =>
            Enumerable.Range(from, to - from + 1).Select(window.Oscillation).Where(x => x is not null).Select(x => (double?)Math.Abs(x!.Value));
    }
}
