using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Spectra;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What a spectrum, the split H = G + R and layers cost, in products.</summary>
internal sealed class SpectrumBenchmark : IBenchmark
{
    private const double Tolerance = 1e-4;

    public string Name => "spectrum";

    public string Description => "the spectrum of 64-100-100-10 on 1,000 digits at its start, and layers along 200 steps, one thread";

    public IEnumerable<BenchRow> Run()
    {
        using var scope = NewDisposeScope();
        using var objective = TrainingCase.Digits.Start();
        using var here = objective.Evaluate(curvature: true);
        var hessian = new HessianOperator(here);
        yield return BenchRow.Of("density, 10 vectors of 80 Lanczos steps", SpectralQuadrature.Estimate(hessian, 10, 80, seed: 0).Products, "HVPs");
        var trace = TraceEstimate.HutchPlusPlus(hessian, 90, seed: 0);
        yield return BenchRow.Of("trace", trace.Products, "HVPs");
        yield return BenchRow.Of("half of its 95 % interval", 100 * trace.Error / Math.Abs(trace.Value), "% of it");
        yield return BenchRow.Of("the three largest eigenvalues", Lanczos.WithCopies(hessian, 3, Tolerance).MatVecs, "HVPs");
        yield return BenchRow.Of("the smallest eigenvalue", Lanczos.WithCopies(new NegatedOperator(hessian), 1, Tolerance).MatVecs, "HVPs");
        var vector = randn([1, objective.Dimension]);
        var times = Timing.Medians(50, () => here.Hvp(vector), () => here.GaussNewton(vector));
        yield return BenchRow.Of("product with G / HVP", times[1] / times[0], "");
        var (plain, layers, split) = (Watch(new MonitorOptions { Eigenvalues = 1 }), Watch(new MonitorOptions { Eigenvalues = 1, Layers = [] }), Watch(
            new MonitorOptions { Eigenvalues = 1, Measurements = [() => new GaussNewtonSplit(1)] }));
        yield return BenchRow.Of("layers: HVPs per step for each of the three", (layers - plain) / 3, "");
        yield return BenchRow.Of("split: HVPs per step for each eigenvalue", split - plain, "");
    }

    private static double Watch(MonitorOptions options) =>
        MonitoredSteps.Run(TrainingCase.Digits with { Steps = 200 }, options) is var run ? run.Products.Sum() / (double)run.Measured : 0;
}
