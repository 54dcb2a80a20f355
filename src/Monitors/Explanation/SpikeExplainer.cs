using LossSpikes.Monitors.Records;

namespace LossSpikes.Monitors.Explanation;

/// <summary>Looks back from the end of a spike and says why it happened (Damian, Nichani and Lee 2022, arXiv 2209.15594).</summary>
/// <param name="refusal">Why ∇S is not measured, in words, or null.</param>
internal sealed class SpikeExplainer(Func<string?> refusal)
{
    // Rows kept since the last spike; one that begins earlier has its early numbers left out.
    private const int Kept = 1 << 14;

    private readonly List<Measurement> _rows = [];
    private double _contraction;
    private readonly List<double> _contractions = [];
    private bool _fromStart = true;

    /// <summary>Takes in one step.</summary>
    public void Observe(Measurement seen)
    {
        if (seen.Explanation is null)
        {
            return;
        }

        if (_rows.Count > 0 && _rows[^1] is var last && last.Explanation!.LearningRate is { } rate)
        {
            // The steps since the last measurement had about its curvature.
            _contraction += (seen.Step - last.Step) * Math.Log(Math.Abs(1 - (rate * last.Sharpness!.Value)));
        }

        _rows.Add(seen);
        _contractions.Add(_contraction);
        if (_rows.Count > 2 * Kept)
        {
            _rows.RemoveRange(0, Kept);
            _contractions.RemoveRange(0, Kept);
        }
    }

    /// <summary>The spike with everything that can be said about it; the next one begins after it.</summary>
    public SpikeEvent Explain(SpikeEvent spike)
    {
        var explained = SpikeWindow.Of(_rows, spike) is { } window
            ? Explain(spike, window)
            : spike with { Mechanism = Mechanism.Unknown, LeftOut = ["everything: the curvature was not measured while the spike rose"] };
        _rows.RemoveRange(0, Math.Max(0, _rows.Count - 1));
        _contractions.Clear();
        _contraction = 0;
        if (_rows.Count > 0)
        {
            _contractions.Add(0);
        }

        _fromStart = false;
        return explained;
    }

    private SpikeEvent Explain(SpikeEvent spike, SpikeWindow window)
    {
        var evidence = EvidenceOf.Spike(spike, window, _fromStart);
        var numbers = new SelfStabilizationFit(spike, window, evidence, refusal());
        var contraction = window.Crossing is { } crossing ? _contractions[crossing] : (double?)null;
        return spike with
        {
            Mechanism = MechanismRules.Decide(spike.Outcome, spike.PeakStep - Math.Max(2, spike.OnsetStep), evidence),
            Evidence = evidence,
            CrossingStep = window.Crossing is { } c ? window.Rows[c].Step : null,
            LogContraction = numbers.Plain ? contraction : null,
            Seed = !numbers.Plain || contraction is null ? null : contraction < LogPrecision(spike.Dtype) ? PerturbationSource.Rounding : PerturbationSource.Memory,
            GrowthPerStep = numbers.Growth(),
            SharpnessChange = numbers.Change(),
            SharpnessFall = numbers.Fall(),
            Height = numbers.Height(),
            Alignment = numbers.Alignment(),
            LeftOut = numbers.LeftOut,
        };
    }

    private static double LogPrecision(string dtype) => Math.Log(Math.Pow(2, dtype == "float64" ? -52 : -23));
}
