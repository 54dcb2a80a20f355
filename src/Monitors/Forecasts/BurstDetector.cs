namespace LossSpikes.Monitors.Forecasts;

/// <summary>
/// Detects when the oscillation along a tracked mode, guards included, begins to grow out of the noise: for several steps in a row it
/// has changed sign and grown by |1 − ηλ|. It fires once for each stay above the threshold. Used under plain gradient descent only.
/// </summary>
internal sealed class BurstDetector
{
    /// <summary>The steps that an oscillation must have grown for, the present one included.</summary>
    public const int Steps = 6;

    private const double Noise = 1e-6, Early = 0.3, RateTolerance = 0.25;

    private readonly List<Measurement> _recent = [];
    private bool _fired;
    private double? _delta;

    /// <summary>The place, from 1, of the mode that leaves the noise at this step, or null.</summary>
    public int? Observe(Measurement seen)
    {
        if (seen.Explanation is not { } explained)
        {
            return null;
        }

        _delta = explained.Delta ?? _delta;
        _recent.Add(seen);
        if (_recent.Count > Steps)
        {
            _recent.RemoveAt(0);
        }

        if (!(seen.Sharpness > seen.Threshold))
        {
            _fired = false;
        }

        if (_fired || _delta is not { } delta || _recent.Count < Steps || seen.Step - _recent[0].Step != Steps - 1)
        {
            return null;
        }

        var grown = Enumerable.Range(0, explained.Oscillations.Count)
            .Where(i => Math.Abs(explained.Oscillations[i]) is var x && x > Noise * delta && x < Early * delta && Grows(explained.Modes[i]))
            .OrderByDescending(i => Math.Abs(explained.Oscillations[i]))
            .ToList();
        _fired = grown.Count > 0;
        return _fired ? grown[0] + 1 : null;
    }

    private bool Grows(int mode)
    {
        var (expected, first, last) = (0.0, 0.0, 0.0);
        for (var i = 0; i < _recent.Count; i++)
        {
            var explained = _recent[i].Explanation!;
            var rank = explained.Modes.ToList().IndexOf(mode);
            if (rank < 0 || explained.Oscillations.Count <= rank)
            {
                return false;
            }

            var x = explained.Oscillations[rank];
            if (i > 0 && !(x * last < 0 && Math.Abs(x) > Math.Abs(last)))
            {
                return false;
            }

            (first, last) = (i == 0 ? x : first, x);
            expected += i < _recent.Count - 1 ? Math.Log(Math.Abs(1 - _recent[i].LearningRate!.Value * _recent[i].TrackedEigenvalue(rank))) : 0;
        }

        return expected > 0 && Math.Abs(Math.Log(Math.Abs(last / first)) - expected) < RateTolerance * expected;
    }
}
