using System.Globalization;

namespace LossSpikes.Monitors.Detection;

/// <summary>What a rise of the loss means for the one who trains, by stated rules.</summary>
internal sealed class SpikeMeaning
{
    // Three peaks in a row, each this much higher than the one before, are a growing series.
    private const int Series = 3;
    private const double Growth = 1.05;

    private readonly List<double> _peaks = [];

    /// <summary>The sentence. Call it once for each rise, in their order.</summary>
    /// <param name="spike">The rise.</param>
    /// <param name="learningRate">η at its end; null where the caller did not say.</param>
    public string Of(SpikeEvent spike, double? learningRate)
    {
        if (spike.Kind != SpikeKind.Instability)
        {
            return spike.Kind == SpikeKind.Unmeasured ? "the curvature was not measured here: measure every step to learn the cause"
                : spike.Mechanism == Mechanism.MomentumRipple ? "momentum passing a minimum; no action needed"
                : string.Create(CultureInfo.InvariantCulture, $"not an instability: look at the data of step {spike.PeakStep}");
        }

        _peaks.Add(spike.PeakLoss);
        var grows = _peaks.Count >= Series && Enumerable.Range(_peaks.Count - Series + 1, Series - 1).All(i => _peaks[i] > Growth * _peaks[i - 1]);
        var remedy = learningRate * spike.Threshold / spike.SharpnessPeak is { } rate && double.IsFinite(rate)
            ? string.Create(CultureInfo.InvariantCulture, $"lower η below {rate:G3}")
            : "lower η";
        return spike.Outcome switch
        {
            SpikeOutcome.Diverged => $"the loss diverged: {remedy}",
            _ when grows => $"{SpikeEvent.Growing}: {remedy} or expect divergence",
            SpikeOutcome.Recovered or SpikeOutcome.Partial => "self-corrected; no action needed",
            SpikeOutcome.Sustained => $"it does not come down: {remedy} for the loss to fall again",
            _ => "still open at the end of the run",
        };
    }
}
