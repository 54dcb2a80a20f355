using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>One Hessian–vector product of a convolutional network over one gradient.</summary>
internal sealed class ConvolutionBenchmark(string name, bool normalized, double target) : IBenchmark
{
    private const int Examples = 1000, Rounds = 30;

    public string Name => name;

    public string Description =>
        $"one Hessian–vector product of a CNN (8 and 16 channels, tanh{(normalized ? ", BatchNorm" : "")}) on 1,000 digits, one thread";

    public IEnumerable<BenchRow> Run()
    {
        using var scope = NewDisposeScope();
        set_num_threads(1);
        manual_seed(0);
        var model = new CnnSettings { Channels = [8, 16], Activation = Activation.Tanh, BatchNorm = normalized };
        using var objective = new NetworkObjective(
            new DigitsSettings { Examples = Examples }.Load(), model, LossFunction.Mse, 8192, ScalarType.Float32, CPU);
        using var here = objective.Evaluate(curvature: true);
        var vector = randn([1, objective.Dimension]);
        var times = Timing.Medians(
            Rounds,
            () => objective.Evaluate(curvature: false).Dispose(),
            () => objective.Evaluate(curvature: true).Dispose(),
            () => here.Hvp(vector));
        yield return BenchRow.Of("gradient", times[0] * 1e3, "ms");
        yield return BenchRow.Of("gradient that is ready for products / gradient", times[1] / times[0], "");
        yield return BenchRow.AtMost(target, "HVP / gradient", times[2] / times[0]);
    }
}
