using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Random batches, with which those of a spike are compared.</summary>
internal sealed class OtherBatches(IFiniteSum whole, long examples, int size, int seed)
{
    private const int Apart = 0x5eed; // so that they are not those of the training

    private readonly BatchSampler _sampler = new(examples, size, BatchOrder.WithReplacement, (long)seed + Apart);

    /// <summary>The losses of the first <paramref name="count"/> of them at the present parameters. Cost: as many evaluations.</summary>
    public IReadOnlyList<double> Losses(int count) => [.. Enumerable.Range(0, count).Select(i => Loss(_sampler.At(i)))];

    /// <summary>The loss of a batch at the present parameters.</summary>
    public double Loss(IReadOnlyList<long> batch)
    {
        using var objective = whole.Over(batch);
        return objective.EvaluateLoss();
    }
}
