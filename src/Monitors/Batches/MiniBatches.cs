using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Monitors.Batches;

/// <summary>An objective that is trained by mini-batches, and the examples on which its loss and its curvature are measured.</summary>
public sealed class MiniBatches : IDisposable
{
    private readonly IObjective? _probe;

    /// <summary>Takes the batches of an objective, which stays the caller's.</summary>
    /// <param name="whole">The mean over all examples.</param>
    /// <param name="sampler">Which examples each step sees.</param>
    /// <param name="probe">How many examples the loss and the curvature are measured on, a fixed random choice; null for all of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probe has no examples, or more than there are.</exception>
    public MiniBatches(IFiniteSum whole, BatchSampler sampler, int? probe = null)
    {
        (Whole, Sampler) = (whole, sampler);
        if (probe is { } count)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, whole.Examples);
            _probe = whole.Over(sampler.Probe(count));
        }
    }

    /// <summary>The mean over all examples.</summary>
    public IFiniteSum Whole { get; }

    /// <summary>Which examples each step sees.</summary>
    public BatchSampler Sampler { get; }

    /// <summary>What loss, gradient and curvature are measured on: the mean over the probe, or over all examples.</summary>
    public IObjective Measured => _probe ?? Whole;

    /// <summary>Releases the probe.</summary>
    public void Dispose() => _probe?.Dispose();
}
