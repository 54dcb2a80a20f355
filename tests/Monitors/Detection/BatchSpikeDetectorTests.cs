using LossSpikes.Monitors;
using LossSpikes.Monitors.Detection;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Detection;

/// <summary>When a spike of a batch's loss is examined.</summary>
public sealed class BatchSpikeDetectorTests
{
    // 40 losses between 1 and 1.02: the median of those above the median is 0.005 away.
    private static readonly double[] Calm = [.. Enumerable.Range(0, 40).Select(t => 1 + 0.02 * (t * 7 % 40) / 39)];

    [Fact]
    public void A_rise_that_begins_as_noise_of_a_batch_is_examined_again_while_it_grows()
    {
        // One batch of 1.1 while the others stay; they follow at 2 and at 8.
        var examiner = new Examiner(loss => loss > 1.5 ? loss : 1);
        var spike = Spike(examiner, [.. Calm, 1.1, 1.12, 2, 3, 8, 6, 2, .. Calm]);

        Assert.Equal([40, 42], examiner.Examined.Select(e => e.Step));
        Assert.All(examiner.Examined, e => Assert.Equal(16, e.Before));
        Assert.Equal((40, 44), (spike.OpenStep, spike.PeakStep));
        Assert.Equal((42, 2.0, Mechanism.EdgeOfStability), (spike.Batch!.ExaminedStep, spike.Batch.OthersNow, spike.Mechanism!.Value));
        Assert.Equal(1 / 0.99, spike.Batch.SharedRise, 1e-3);
    }

    [Fact]
    public void A_batch_that_stays_alone_is_noise_however_often_it_is_examined()
    {
        var examiner = new Examiner(_ => 1);
        var spike = Spike(examiner, [.. Calm, 1.1, 1.3, 1.4, 3, .. Calm]);

        Assert.Equal([40, 41, 43], examiner.Examined.Select(e => e.Step));
        Assert.Equal((43, Mechanism.Noise), (spike.Batch!.ExaminedStep, spike.Mechanism!.Value));
    }

    [Fact]
    public void A_bad_batch_remains_the_cause_of_what_follows_it()
    {
        var examiner = new Examiner(loss => loss > 5 ? loss : 1) { ThisBefore = 3 };
        var spike = Spike(examiner, [.. Calm, 3, 2, 8, 2, .. Calm]);

        Assert.Equal(40, Assert.Single(examiner.Examined).Step);
        Assert.Equal(Mechanism.BadBatch, spike.Mechanism!.Value);
    }

    [Fact]
    public void Noise_that_diverges_is_examined_at_the_divergence()
    {
        var spike = Spike(new Examiner(loss => loss > 5 ? loss : 1), [.. Calm, 1.1, 1e9]);

        Assert.Equal((SpikeOutcome.Diverged, 41, Mechanism.Divergence), (spike.Outcome, spike.Batch!.ExaminedStep, spike.Mechanism!.Value));
    }

    private static SpikeEvent Spike(Examiner examiner, double[] losses)
    {
        var detector = new BatchSpikeDetector(new SpikeRules(), new BatchSpikeRules(), ScalarType.Float64, 1, examiner);
        List<MonitorEvent> events = [];
        foreach (var (step, loss) in losses.Index())
        {
            examiner.Loss = loss;
            events.AddRange(detector.Observe(Row(step, loss)));
        }

        return Assert.Single(events.OfType<SpikeEvent>());
    }

    private static Measurement Row(int step, double loss) => new()
    {
        Step = step,
        Loss = double.NaN,
        BatchLoss = loss,
        GradientNorm = double.NaN,
        Eigenvalues = [30],
        Threshold = 20,
        LearningRate = 0.1,
    };

    /// <summary>Other batches had a loss of 1 before, and have one that follows from that of the batch.</summary>
    private sealed class Examiner(Func<double, double> others) : IBatchExaminer
    {
        public double Loss { get; set; }

        public double ThisBefore { get; init; } = 1;

        public List<(long Step, long Before)> Examined { get; } = [];

        public BatchExamination? Last { get; private set; }

        public void Examine(long step, long before)
        {
            Examined.Add((step, before));
            Last = new BatchExamination(
                step, (0, step, [step]), ThisBefore, [.. Enumerable.Repeat(1.0, 16)], [.. Enumerable.Repeat(others(Loss), 16)], null, null, null, null);
        }
    }
}
