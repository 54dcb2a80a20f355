using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Tests.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Training;

/// <summary>The running statistics of BatchNorm in a run of mini-batches.</summary>
public sealed class RunningStatisticsTests
{
    private const int Steps = 60, Examples = 60, Batch = 16;

    [Fact]
    [Trait("Speed", "Slow")]
    public void They_are_those_of_the_batches_whatever_else_is_evaluated()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        var images = new DigitsSettings { Examples = Examples }.Load().Inputs.to(ScalarType.Float64);
        using var objective = new NetworkObjective(
            new DigitsSettings { Examples = Examples }.Load(), new CnnSettings { Channels = [3, 2], Activation = Activation.Tanh, BatchNorm = true },
            LossFunction.CrossEntropy, 8192, ScalarType.Float64, CPU);
        using var batches = new MiniBatches(objective, new BatchSampler(Examples, Batch, BatchOrder.Shuffle, 0), probe: 40);
        using var optimizer = new AdamWSettings
        {
            LearningRate = 0.01,
            Clip = 1,
            Batch = Batch,
            Schedule = new ListSchedule { Values = new Dictionary<int, double> { [40] = 1 } },
        }.Create(objective);
        var seen = new Recorder();
        var options = new MonitorOptions
        {
            Every = 3,
            Explain = true,
            AuditEvery = 20,
            BatchSpikes = new BatchSpikeRules { Score = 3.5 },
            Measurements = [() => new BatchSharpness(4), () => new UpdateCurvature(), () => new CriticalSharpness()],
        };
        using var monitor = new CurvatureMonitor(batches, options, seen);
        var trainer = new Trainer(objective, optimizer, monitor, new StopRules(Steps, new StopSettings()), batches);
        (Tensor Mean, Tensor Variance)[] expected =
            [.. new long[] { 3, 2 }.Select(channels => (zeros(channels, ScalarType.Float64), ones(channels, ScalarType.Float64)))];

        for (var step = 0; step < Steps; step++)
        {
            var batch = images.index_select(0, tensor([.. batches.Sampler.At(step)]));
            foreach (var (layer, statistics) in Statistics(objective, batch).Index())
            {
                expected[layer] = (0.9 * expected[layer].Mean + 0.1 * statistics.Mean, 0.9 * expected[layer].Variance + 0.1 * statistics.Variance);
            }

            trainer.Advance(CancellationToken.None);

            for (var layer = 0; layer < 2; layer++)
            {
                TensorAssert.AssertClose(objective.Buffers[$"{1 + 4 * layer}.running_mean"], expected[layer].Mean, 1e-12);
                TensorAssert.AssertClose(objective.Buffers[$"{1 + 4 * layer}.running_var"], expected[layer].Variance, 1e-12);
                Assert.Equal(step + 1, objective.Buffers[$"{1 + 4 * layer}.num_batches_tracked"].item<long>());
            }
        }

        monitor.Finish();
        Assert.Contains(seen.Spikes, s => s.Batch is not null);
        Assert.Contains(seen.Measurements, m => m.Further.ContainsKey("critical_sharpness") && m.Further.ContainsKey("batch_sharpness"));
    }

    /// <summary>Mean and unbiased variance of each channel before each BatchNorm, by PyTorch's own convolution.</summary>
    private static IEnumerable<(Tensor Mean, Tensor Variance)> Statistics(NetworkObjective objective, Tensor signal)
    {
        for (var at = 0; at < 8; at += 4)
        {
            var weights = objective.Weights;
            signal = nn.functional.conv2d(signal, weights[$"{at}.weight"], weights[$"{at}.bias"], padding: [1, 1]);
            var channels = signal.transpose(0, 1).flatten(1);
            var (mean, numbers) = (channels.mean([1]), channels.shape[1]);
            var squares = (channels - mean.unsqueeze(1)).square().sum(1);
            yield return (mean.detach(), (squares / (numbers - 1)).detach());

            var normal = (signal - Channels(mean)) / (Channels(squares / numbers) + 1e-5).sqrt();
            signal = nn.functional.avg_pool2d((normal * Channels(weights[$"{at + 1}.weight"]) + Channels(weights[$"{at + 1}.bias"])).tanh(), 2);
        }

        static Tensor Channels(Tensor values) => values.view(1, -1, 1, 1);
    }
}
