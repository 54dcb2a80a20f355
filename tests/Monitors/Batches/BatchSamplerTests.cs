using LossSpikes.Monitors.Batches;

namespace LossSpikes.Tests.Monitors.Batches;

/// <summary>Batches are a function of seed and step.</summary>
public sealed class BatchSamplerTests
{
    [Theory]
    [InlineData(BatchOrder.Shuffle)]
    [InlineData(BatchOrder.WithReplacement)]
    [InlineData(BatchOrder.Sequential)]
    public void A_step_has_the_same_batch_whichever_steps_were_asked_for_before(BatchOrder order)
    {
        var straight = new BatchSampler(103, 8, order, seed: 4);
        var batches = Enumerable.Range(0, 60).Select(t => straight.At(t)).ToList();
        var jumping = new BatchSampler(103, 8, order, seed: 4);

        Assert.All((int[])[59, 0, 31, 13, 14, 12, 13, 58], t => Assert.Equal(batches[t], jumping.At(t)));
    }

    [Fact]
    public void A_shuffled_epoch_has_every_example_once_in_an_order_of_its_own()
    {
        var sampler = new BatchSampler(103, 8, BatchOrder.Shuffle, seed: 4);
        var epochs = Enumerable.Range(0, 3).Select(e => Enumerable.Range(0, 13).SelectMany(b => sampler.At(13 * e + b)).ToList()).ToList();

        Assert.Equal(13, sampler.PerEpoch);
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, 103).Select(i => (long)i), epoch.Order()));
        Assert.Equal(3, epochs.Select(e => string.Join(',', e)).Distinct().Count());
        Assert.NotEqual(sampler.At(0), new BatchSampler(103, 8, BatchOrder.Shuffle, seed: 5).At(0));
        Assert.Equal(7, sampler.At(12).Count);
    }

    [Fact]
    public void Sequential_batches_follow_the_data()
    {
        var sampler = new BatchSampler(10, 4, BatchOrder.Sequential, seed: 1);

        Assert.Equal([0, 1, 2, 3], sampler.At(0));
        Assert.Equal([8, 9], sampler.At(2));
        Assert.Equal([0, 1, 2, 3], sampler.At(3));
    }

    [Fact]
    public void With_replacement_every_example_is_as_probable_as_the_others()
    {
        const int Examples = 10, Size = 5, Steps = 20_000;
        var sampler = new BatchSampler(Examples, Size, BatchOrder.WithReplacement, seed: 2);
        var counts = Enumerable.Range(0, Steps).SelectMany(t => sampler.At(t)).CountBy(i => i).Select(c => c.Value).ToList();

        // χ² of 9 degrees of freedom is below 33.7 with probability 0.9999.
        const double Expected = Size * Steps / (double)Examples;
        Assert.InRange(counts.Sum(c => (c - Expected) * (c - Expected) / Expected), 0, 33.7);
        Assert.Contains(Enumerable.Range(0, 100), t => sampler.At(t).Distinct().Count() < Size);
    }

    [Fact]
    public void Every_order_of_three_examples_is_as_probable_as_the_others()
    {
        const int Epochs = 6_000;
        var sampler = new BatchSampler(3, 3, BatchOrder.Shuffle, seed: 3);
        var counts = Enumerable.Range(0, Epochs).Select(t => string.Join(',', sampler.At(t))).CountBy(o => o).Select(c => c.Value).ToList();

        Assert.Equal(6, counts.Count);
        Assert.InRange(counts.Sum(c => (c - Epochs / 6.0) * (c - Epochs / 6.0) / (Epochs / 6.0)), 0, 25.7); // χ², 5 degrees of freedom, 0.9999
    }
}
