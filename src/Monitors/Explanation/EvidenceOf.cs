using LossSpikes.Monitors.Records;

namespace LossSpikes.Monitors.Explanation;

/// <summary>Reads the evidence for a mechanism out of the window of a spike.</summary>
internal static class EvidenceOf
{
    private const int StepsBefore = 10;

    /// <summary>The evidence of one spike.</summary>
    /// <param name="spike">The spike.</param>
    /// <param name="window">Its steps.</param>
    /// <param name="fromStart">Whether the window begins with the run.</param>
    public static MechanismEvidence Spike(SpikeEvent spike, SpikeWindow window, bool fromStart)
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

    private static double? Rise(Measurement? from, Measurement? to, Func<Measurement, double?> value) =>
        from is null || to is null ? null : Math.Log(value(to) ?? double.NaN) - Math.Log(value(from) ?? double.NaN) is var rise && double.IsFinite(rise) ? rise : null;

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
