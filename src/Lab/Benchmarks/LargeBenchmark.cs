using LossSpikes.Lab.Data;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What it takes to monitor a network of fifty million parameters.</summary>
internal sealed class LargeBenchmark : IBenchmark
{
    private const int Width = 7000, Examples = 32, Steps = 5;

    private static readonly TrainingCase Training =
        new(() => new DigitsSettings { Examples = Examples }.Load(), [Width, Width], 0.01, Steps, int.MaxValue, Environment.ProcessorCount);

    public string Name => "large";

    public string Description => $"{Steps} monitored steps of 64-{Width}-{Width}-10 (50 million parameters) on {Examples} digits, float32, k = 1, all threads";

    public bool OnRequest => true;

    public IEnumerable<BenchRow> Run()
    {
        using var objective = Training.Start();
        using var optimizer = new GradientDescent(new GradientDescentSettings { LearningRate = Training.LearningRate });
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Eigenvalues = 1 });
        var (seconds, products) = (new List<double>(), new List<int>());
        for (var step = 0L; step < Steps; step++)
        {
            seconds.Add(Timing.Of(() =>
            {
                using var derivatives = objective.Evaluate(curvature: true);
                var update = optimizer.Next(step, objective.GetParameters(), derivatives.Gradient);
                products.Add(monitor.Observe(step, derivatives, update.Edge).HessianProducts);
                objective.SetParameters(update.Point);
            }));
        }

        yield return BenchRow.Of("parameters", objective.Dimension / 1e6, "million");
        yield return BenchRow.Of("vectors of length d that the tracker keeps", monitor.State.Values.Sum(kept => kept.numel() / objective.Dimension), "");
        yield return BenchRow.Of("first step, a cold start", seconds[0], "s");
        yield return BenchRow.Of("HVPs of the first step", products[0], "");
        yield return BenchRow.Of("later step: median", Timing.Quantile(seconds.Skip(1), 0.5), "s");
        yield return BenchRow.AtMost(16_000, "peak memory of the process", Machine.PeakMegabytes(), "MB");
    }
}
