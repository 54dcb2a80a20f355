using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What it costs to see the sharpness of a transformer that AdamW trains by mini-batches.</summary>
internal sealed class TransformerBenchmark : IBenchmark
{
    private const int Context = 64, Batch = 32;

    private static readonly AdamWSettings Optimizer = new() { LearningRate = 1e-3, WeightDecay = 0.01, Batch = Batch };

    // Steps between measurements, examples on which the curvature is measured, steps, and the limit of the first row.
    private static readonly (int Every, int Probe, int Steps, double? Limit)[] Runs = [(10, 4, 500, 1.5), (10, 8, 500, 1.5), (1, 8, 40, null)];

    public string Name => "transformer";

    public string Description =>
        $"a transformer (2 layers, 4 heads, width 64) on Hamlet by AdamW, batches of {Batch} pieces of {Context} characters, one thread; k = 1";

    public IEnumerable<BenchRow> Run()
    {
        foreach (var (every, probe, steps, limit) in Runs)
        {
            foreach (var row in Rows(every, probe, steps, limit))
            {
                yield return row with { Name = $"every {every}, probe {probe}: {row.Name}" };
            }
        }
    }

    private static IEnumerable<BenchRow> Rows(int every, int probe, int steps, double? limit)
    {
        set_num_threads(1);
        manual_seed(0);
        using var objective = new NetworkObjective(
            new TextSettings { Context = Context }.Load(), new TransformerSettings { Layers = 2, Heads = 4, Width = 64 }, LossFunction.CrossEntropy,
            8192, ScalarType.Float32, CPU);
        using var batches = new MiniBatches(objective, new BatchSampler(objective.Examples, Batch, BatchOrder.Shuffle, seed: 0), probe);
        var products = new Products();
        using var monitor = new CurvatureMonitor(batches, new MonitorOptions { Every = every, Eigenvalues = 1 }, products);
        using var optimizer = Optimizer.Create(objective);
        using var plain = Optimizer.Create(objective);
        var trainer = new Trainer(objective, optimizer, monitor, new StopRules(steps, new StopSettings()), batches);
        var (plainSeconds, seconds) = (new List<double>(), new List<double>());
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var here = objective.GetParameters();
            plainSeconds.Add(Timing.Of(() => Plain(step)));
            objective.SetParameters(here);
            seconds.Add(Timing.Of(() => trainer.Advance(CancellationToken.None)));
        }

        const string Name = "monitored step / plain step";
        var ratio = seconds.Sum() / plainSeconds.Sum();
        yield return limit is { } most ? BenchRow.AtMost(most, Name, ratio) : BenchRow.Of(Name, ratio, "");
        yield return BenchRow.Of("plain step", 1e3 * plainSeconds.Average(), "ms");
        yield return BenchRow.Of("HVPs per measured step, mean", products.Numbers.Average(), "");
        yield return BenchRow.Of("HVPs per measured step, median", Timing.Quantile(products.Numbers, 0.5), "");

        void Plain(long step)
        {
            using var batch = batches.Whole.Over(batches.Sampler.At(step));
            using var derivatives = batch.Evaluate(curvature: false);
            objective.SetParameters(plain.Next(step, objective.GetParameters(), derivatives.Gradient).Point);
        }
    }

    private sealed class Products : IMonitorSink
    {
        public List<double> Numbers { get; } = [];

        public void Record(Measurement measurement)
        {
            if (measurement.Sharpness is not null)
            {
                Numbers.Add(measurement.HessianProducts);
            }
        }
    }
}
