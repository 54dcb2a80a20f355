using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Batches;

/// <summary>Batch sharpness, gradient noise, and the curvature along the update, against sums over all batches.</summary>
public sealed class BatchSharpnessTests
{
    private const double LearningRate = 0.1;

    [Theory]
    [InlineData(8, 3)]
    [InlineData(7, 1)]
    [InlineData(6, 5)]
    [InlineData(8, 8)]
    public void Where_all_batches_are_taken_it_is_the_mean_over_all_of_them(int examples, int size)
    {
        using var sum = new QuadraticSum(examples, 4, seed: 10 * examples + size);
        var batches = Subsets(examples, size).Select(sum.Dense).ToList();
        var (_, hessian) = sum.Dense([.. Enumerable.Range(0, examples)]);
        var u = First(hessian);
        var components = batches.Select(b => Dot(u, b.Gradient)).ToList();

        var seen = Measured(sum, size, BatchOrder.Shuffle, draws: 100);

        Assert.Equal(batches.Average(b => Ratio(b.Gradient, b.Hessian)), seen["batch_sharpness"], 1e-12);
        Assert.Equal(0, seen["batch_sharpness_error"]);
        Assert.Equal(components.Average(c => c * c) - Math.Pow(components.Average(), 2), seen["gradient_noise_v1"], 1e-9);
        Assert.Equal(2 / LearningRate, seen["batch_threshold"], 1e-12);
        Assert.Equal(2 / LearningRate - Dot(u, Product(hessian, u)), seen["stability_gap"], 1e-9);
    }

    [Fact]
    public void With_the_whole_data_as_the_batch_it_is_the_curvature_along_the_gradient()
    {
        using var sum = new QuadraticSum(8, 4, seed: 3);
        var (gradient, hessian) = sum.Dense([.. Enumerable.Range(0, 8)]);

        var seen = Measured(sum, 8, BatchOrder.Shuffle, draws: 32);

        Assert.Equal(Ratio(gradient, hessian), seen["batch_sharpness"], 1e-12);
        Assert.Equal(LearningRate * Ratio(gradient, hessian), seen["update_curvature"], 1e-12);
    }

    [Theory]
    [InlineData(BatchOrder.Shuffle)]
    [InlineData(BatchOrder.WithReplacement)]
    [Trait("Speed", "Slow")]
    public void The_interval_covers_the_truth_in_at_least_93_of_100_seeds(BatchOrder order)
    {
        const int Size = 3;
        using var sum = new QuadraticSum(8, 4, seed: 5);
        var truth = (order == BatchOrder.Shuffle ? Subsets(8, Size) : Tuples(8, Size)).Select(sum.Dense).Average(b => Ratio(b.Gradient, b.Hessian));

        var covered = Enumerable.Range(0, 100).Count(seed =>
        {
            var seen = Measured(sum, Size, order, draws: 32, seed);
            return Math.Abs(seen["batch_sharpness"] - truth) <= seen["batch_sharpness_error"];
        });

        Assert.InRange(covered, 93, 100);
    }

    [Theory]
    [InlineData(4, 0.05)]
    [InlineData(4, 1e-4)]
    [InlineData(12, 3.0)]
    public void Critical_sharpness_on_a_quadratic_is_the_curvature_along_the_gradient(int dimension, double learningRate)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var scope = NewDisposeScope();
            using var sum = new QuadraticSum(5, dimension, seed);
            var (gradient, hessian) = sum.Dense([.. Enumerable.Range(0, 5)]);
            var before = sum.Point;
            var (truth, u) = (Ratio(gradient, hessian), First(hessian));
            using var monitor = new CurvatureMonitor(sum, new MonitorOptions { Measurements = [() => new CriticalSharpness()] });
            using var derivatives = sum.Evaluate(curvature: true);
            StabilityEdge edge = StabilityThreshold.GradientDescent(learningRate);

            var seen = monitor.Observe(0, derivatives, edge, tensor([.. gradient.Select(g => -learningRate * g)]));

            Assert.InRange(seen.Further["critical_sharpness"], truth * (1 - 1.01 * CriticalSharpness.Tolerance), truth * (1 + 1e-9));
            Assert.True(seen.Further["critical_sharpness"] <= Dot(u, Product(hessian, u)) * (1 + 1e-9));
            Assert.Equal(before, sum.Point);
        }
    }

    [Fact]
    public void Warm_started_critical_sharpness_takes_at_most_six_evaluations_a_step()
    {
        using var scope = NewDisposeScope();
        using var sum = new QuadraticSum(5, 4, seed: 1);
        using var counted = new Counted(sum);
        using var monitor = new CurvatureMonitor(counted, new MonitorOptions { Measurements = [() => new CriticalSharpness()] });
        StabilityEdge edge = StabilityThreshold.GradientDescent(LearningRate);
        List<int> evaluations = [];
        for (var step = 0; step < 20; step++)
        {
            using var derivatives = counted.Evaluate(curvature: true);
            var update = derivatives.Gradient * LossSpikes.Monitors.Tensors.KeepAlive.Scalar(-LearningRate);
            var before = counted.Evaluations;
            monitor.Observe(step, derivatives, edge, update);
            evaluations.Add(counted.Evaluations - before);
            counted.SetParameters(counted.GetParameters().add(update));
        }

        Assert.InRange(evaluations.Skip(1).Max(), 1, 6);
    }

    private static IReadOnlyDictionary<string, double> Measured(QuadraticSum sum, int size, BatchOrder order, int draws, int seed = 0)
    {
        using var scope = NewDisposeScope();
        using var batches = new MiniBatches(sum, new BatchSampler(sum.Examples, size, order, seed));
        var options = new MonitorOptions { Tolerance = 1e-8, Measurements = [() => new BatchSharpness(draws), () => new UpdateCurvature()] };
        var sink = new Recorder();
        using var monitor = new CurvatureMonitor(batches, options, sink);
        using var derivatives = sum.Evaluate(curvature: true);
        var update = derivatives.Gradient * LossSpikes.Monitors.Tensors.KeepAlive.Scalar(-LearningRate);
        return monitor.Observe(
            0, derivatives, StabilityThreshold.GradientDescent(LearningRate), update, new BatchStep([0], derivatives.Loss, derivatives.Gradient)).Further;
    }

    private static IEnumerable<IReadOnlyList<int>> Subsets(int n, int size) => Enumerable.Range(0, 1 << n)
        .Where(bits => int.PopCount(bits) == size).Select(bits => (IReadOnlyList<int>)[.. Enumerable.Range(0, n).Where(i => (bits >> i & 1) == 1)]);

    private static IEnumerable<IReadOnlyList<int>> Tuples(int n, int size) => Enumerable.Range(0, (int)Math.Pow(n, size))
        .Select(number => (IReadOnlyList<int>)[.. Enumerable.Range(0, size).Select(i => number / (int)Math.Pow(n, i) % n)]);

    private static double Ratio(double[] gradient, double[,] hessian) => Dot(gradient, Product(hessian, gradient)) / Dot(gradient, gradient);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Product(double[,] matrix, double[] v) =>
        [.. Enumerable.Range(0, v.Length).Select(i => Enumerable.Range(0, v.Length).Sum(j => matrix[i, j] * v[j]))];

    private static double[] First(double[,] hessian)
    {
        using var scope = NewDisposeScope();
        return [.. linalg.eigh(tensor(hessian)).Item2.t()[-1].contiguous().data<double>()];
    }
}
