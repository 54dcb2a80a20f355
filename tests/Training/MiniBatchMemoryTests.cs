using System.Diagnostics;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Training;

/// <summary>Memory does not grow with the number of mini-batches.</summary>
public sealed class MiniBatchMemoryTests
{
    private const int Steps = 10_000;

    [Fact]
    [Trait("Speed", "Slow")]
    public void Memory_is_flat_over_10000_steps()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var objective = new NetworkObjective(
            new DigitsSettings { Examples = 400 }.Load(), new MlpSettings { Hidden = [32], Activation = Activation.Tanh }, LossFunction.Mse, 8192,
            ScalarType.Float32, CPU);
        using var batches = new MiniBatches(objective, new BatchSampler(objective.Examples, 32, BatchOrder.Shuffle, 0), probe: 100);
        var options = new MonitorOptions
        {
            Every = 20,
            Eigenvalues = 1,
            BatchSpikes = new BatchSpikeRules { Score = 3 }, // spikes are examined too
            Measurements = [() => new BatchSharpness(8), () => new UpdateCurvature(), () => new CriticalSharpness()],
        };
        var spikes = new Count();
        using var monitor = new CurvatureMonitor(batches, options, spikes);
        using var optimizer = new AdamWSettings { LearningRate = 0.002 }.Create(objective);
        var trainer = new Trainer(objective, optimizer, monitor, new StopRules(Steps, new StopSettings()), batches);

        Advance(Steps / 4);
        var (tensors, memory) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Memory());
        Advance(Steps);

        Assert.InRange(spikes.Number, 5, Steps);
        Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount - tensors, -50, 50);
        Assert.InRange(Memory() - memory, double.NegativeInfinity, 8);

        void Advance(int to)
        {
            while (trainer.Step < to)
            {
                trainer.Advance(CancellationToken.None);
            }
        }
    }

    /// <summary>Resident memory in megabytes, after everything that nobody holds is gone.</summary>
    private static double Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private sealed class Count : IMonitorSink
    {
        public int Number { get; private set; }

        public void Record(MonitorEvent happened) => Number += happened is SpikeEvent ? 1 : 0;
    }
}
