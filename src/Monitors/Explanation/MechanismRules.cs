namespace LossSpikes.Monitors.Explanation;

/// <summary>The evidence in the window of a spike, and the rules by which it decides the mechanism. The first rule that holds counts.</summary>
internal static class MechanismRules
{
    // An instability changes sides at every step and makes at least half of the rise; fewer than three changes may be chance, unless
    // the whole rise took fewer steps. Far above the threshold the displacements are too large for the quadratic term to give the rise.
    private const int Flips = 3;
    private const double Share = 0.5, Far = 1.05;

    // An oscillation that grows by more than twice the factor of a step was pushed from outside.
    private const double Pushed = 2;
    private const int Before = 4;

    // An oscillation that never falls below three quarters of its peak is sustained, and stays so until one falls below a half: like bursts in a
    // row get like names. One that was as large at the start was not catapulted.
    private const double Sustained = 0.75, StillSustained = 0.5, Catapulted = 0.5;

    // Measured steps before the change over which T, S and the sharpness of H are compared, and the fall of T in one step that counts as a jump.
    private const int StepsBefore = 10;
    private const double Jump = 0.01;

    // Eigenvalues this near to each other are equal for the question which of them crossed.
    private const double Equal = 0.01;

    /// <summary>The evidence of one spike.</summary>
    public static MechanismEvidence Evidence(SpikeEvent spike, SpikeWindow window)
    {
        var ratios = window.Since(window.Peak).Select(r => r.Ratio).Where(r => r is not null).ToList();
        var change = Change(window);
        var at = change is { } c ? window.Rows[c] : null;
        var before = change is { } d ? window.Rows[Math.Max(0, d - StepsBefore)] : null;
        return new MechanismEvidence
        {
            HighestRatio = ratios.Max(),
            StepsAboveThreshold = ratios.Count(r => r > 1),
            BurstRank = window.BurstRank,
            FirstAtCrossing = window.Crossing is { } crossing ? IsFirst(window.Mode, window.Rows[crossing]) : null,
            Alternations = Enumerable.Range(window.Open, window.Peak - window.Open + 1).Max(window.Flips),
            EnergyShare = window.UnstableShare(window.Open) * window.Rows[window.Open].Explanation!.OscillationEnergy
                / (window.Rows[window.Open].Loss - spike.OnsetLoss),
            LargestStep = LargestStep(spike, window),
            Persistence = Persistence(spike, window),
            ChangeStep = at?.Step,
            ThresholdFall = Rise(at, before, m => m.Threshold),
            SharpnessRise = Rise(before, at, m => m.Sharpness),
            RawSharpnessRise = Rise(before, at, m => m.HessianSharpness),
            AboveFromStart = window.FromStart && window.Rows.Take(window.Open + 1).All(r => r.Sharpness > r.Threshold),
            FirstRatio = window.FromStart ? window.Rows[0].Ratio : null,
            LowestRatio = window.FromPeak.Min(r => r.Ratio),
        };
    }

    /// <summary>The mechanism, and for a divergence its cause.</summary>
    /// <param name="spike">The spike.</param>
    /// <param name="evidence">The evidence.</param>
    /// <param name="afterSustained">Whether the last spike was a sustained oscillation.</param>
    public static (Mechanism Mechanism, Mechanism? Cause) Decide(SpikeEvent spike, MechanismEvidence evidence, bool afterSustained)
    {
        var mechanism = Decide(spike.Outcome, spike.PeakStep - Math.Max(2, spike.OnsetStep), evidence, afterSustained);
        return spike.Outcome != SpikeOutcome.Diverged || evidence.StepsAboveThreshold == 0 ? (mechanism, null)
            : (Mechanism.Divergence, mechanism == Mechanism.Unknown ? null : mechanism);
    }

    private static Mechanism Decide(SpikeOutcome outcome, long risingSteps, MechanismEvidence evidence, bool afterSustained) =>
        evidence is { AboveFromStart: true, LowestRatio: <= 1, Persistence: null or <= Catapulted } && outcome != SpikeOutcome.Sustained
            ? Mechanism.Catapult
        : !Unstable(risingSteps, evidence) ? Mechanism.Unknown
        : evidence.ThresholdFall > Math.Max(evidence.SharpnessRise ?? 0, 0) ? Mechanism.LearningRateChange
        : evidence.Persistence > (afterSustained ? StillSustained : Sustained) && !(evidence.AboveFromStart && ItCameDown(outcome))
            ? Mechanism.SustainedOscillation
        : evidence.RawSharpnessRise < evidence.SharpnessRise / 2 ? Mechanism.Preconditioner
        : evidence.FirstAtCrossing == false ? Mechanism.SecondEigenvalue
        : Mechanism.EdgeOfStability;

    private static bool Unstable(long risingSteps, MechanismEvidence evidence) =>
        evidence.StepsAboveThreshold > 0
        && evidence.Alternations >= Math.Min(Flips, risingSteps)
        && !(evidence.LargestStep > Pushed)
        && (evidence.EnergyShare >= Share || evidence.HighestRatio >= Far);

    private static bool ItCameDown(SpikeOutcome outcome) => outcome is SpikeOutcome.Recovered or SpikeOutcome.Partial;

    // A mode that was not tracked there may be one that has turned since: nothing is known then.
    private static bool? IsFirst(int mode, Measurement row) => row.Explanation!.Modes.ToList().IndexOf(mode) is >= 0 and var rank
        ? row.TrackedEigenvalue(rank) >= (1 - Equal) * row.Sharpness!.Value
        : null;

    /// <summary>The index at which S came to be above T: the crossing, or a later jump of T.</summary>
    private static int? Change(SpikeWindow window)
    {
        var rows = window.Rows;
        var jumps = Enumerable.Range(1, window.Open)
            .Where(i => Rise(rows[i], rows[i - 1], m => m.Threshold) >= Jump
                && Enumerable.Range(i, Math.Min(StepsBefore, window.Open - i + 1)).Any(j => rows[j].Ratio > 1))
            .ToList();
        int? jump = jumps.Count > 0 ? jumps.MaxBy(i => Rise(rows[i], rows[i - 1], m => m.Threshold)) : null;
        return jump >= (window.Crossing ?? 0) ? jump : window.Crossing;
    }

    private static double? Rise(Measurement? from, Measurement? to, Func<Measurement, double?> value) =>
        from is not null && to is not null
        && Math.Log(value(to) ?? double.NaN) - Math.Log(value(from) ?? double.NaN) is var rise && double.IsFinite(rise)
            ? rise
            : null;

    // Relative to the largest of a few steps before: under momentum an oscillation passes through zero.
    private static double? LargestStep(SpikeEvent spike, SpikeWindow window) =>
        Enumerable.Range(1, window.Open)
            .Where(i => window.Rows[i].Step > spike.OnsetStep && window.IsDense(i - 1, i) && window.Size(i) >= window.Size(window.Open) / 2)
            .Max(i => window.Size(i) / Enumerable.Range(Math.Max(0, i - Before), Math.Min(i, Before)).Max(window.Size)
                / Math.Max(1, Math.Abs(1 - (2 * window.Rows[i - 1].Ratio ?? 0))));

    private static double? Persistence(SpikeEvent spike, SpikeWindow window)
    {
        var largest = Sizes(window.Open, window.Rows.Count - 1).Max();
        var before = Sizes(0, window.Open).Min() ?? Sizes(window.Open, window.Rows.Count - 1).FirstOrDefault(size => size is not null);
        var after = spike.Outcome == SpikeOutcome.Sustained ? Sizes(window.Peak, window.Rows.Count - 1).Min() : null;
        return Math.Max(before ?? 0, after ?? 0) / largest;

        IEnumerable<double?> Sizes(int from, int to) => Enumerable.Range(from, to - from + 1).Select(window.Size);
    }
}
