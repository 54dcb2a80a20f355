using LossSpikes.Lab.Optimizers;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>One Hessian–vector product over one gradient, and both against what the machine could do.</summary>
internal sealed class ProductBenchmark(string name, string description, TrainingCase training, int rounds, double target) : IBenchmark
{
    public string Name => name;

    public string Description => description;

    public IEnumerable<BenchRow> Run()
    {
        using var scope = NewDisposeScope();
        using var objective = training.Start();
        using var here = objective.Evaluate(curvature: true);
        using var moving = training.Start();
        using var optimizer = new GradientDescent(new GradientDescentSettings { LearningRate = training.LearningRate });
        using var ordinary = new OrdinaryStep(training);
        var vector = randn([1, objective.Dimension]);
        var rate = Machine.ProductRate();
        var times = Timing.Medians(
            rounds,
            () => objective.Evaluate(curvature: false).Dispose(),
            () => objective.Evaluate(curvature: true).Dispose(),
            () => here.Hvp(vector),
            Train,
            ordinary.Make);
        var (gradient, product) = training.Operations();
        yield return BenchRow.Of($"matrix products, {training.Threads} thread(s)", rate / 1e9, "GF/s");
        yield return BenchRow.Of("gradient", times[0] * 1e3, "ms");
        yield return BenchRow.AtMost(1.5, "gradient / its operations at that rate", times[0] / (gradient / rate));
        yield return BenchRow.AtMost(1.5, "plain step / the same by modules, autograd and SGD of this libtorch", times[3] / times[4]);
        yield return BenchRow.Of("gradient that is ready for products / gradient", times[1] / times[0], "");
        yield return BenchRow.AtMost(target, "HVP / gradient", times[2] / times[0]);
        yield return BenchRow.AtLeast(60, "rate of an HVP", 100 * product / times[2] / rate, "% of that rate");

        void Train()
        {
            using var derivatives = moving.Evaluate(curvature: false);
            moving.SetParameters(optimizer.Next(0, moving.GetParameters(), derivatives.Gradient).Point);
        }
    }
}
