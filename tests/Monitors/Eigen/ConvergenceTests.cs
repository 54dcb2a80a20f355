using LossSpikes.Lab.Benchmarks;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>What is called converged has earned it.</summary>
public sealed class ConvergenceTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_copy_of_a_multiple_eigenvalue_is_found_at_the_first_update(int copies)
    {
        using var scope = NewDisposeScope();
        manual_seed(copies);
        var spectrum = cat([full(copies, 5.0, dtype: ScalarType.Float64), linspace(-1, 1, 80, ScalarType.Float64)]);
        var (vectors, _) = linalg.qr(randn([80 + copies, 80 + copies], dtype: ScalarType.Float64));
        var matrix = vectors.mm(diag(spectrum)).mm(vectors.t());
        using var tracker = new EigenTracker(count: 4);
        using var pairs = tracker.Update(new MatrixOperator(matrix), zeros(80 + copies, dtype: ScalarType.Float64));

        double[] expected = [.. Enumerable.Repeat(5.0, copies), 1, 1 - 2 / 79.0, 1 - 4 / 79.0];
        Assert.All(pairs.Values.Zip(expected), p => Assert.Equal(p.Second, p.First, 5e-3));
        Assert.All(pairs.Converged, Assert.True);
        var gram = pairs.Vectors.mm(pairs.Vectors.t()) - eye(4, dtype: ScalarType.Float64);
        Assert.InRange(gram.abs().max().item<double>(), 0, 1e-8);
    }

    [Theory]
    [InlineData(0.001, false)]
    [InlineData(0.05, false)]
    [InlineData(1e-9, true)]
    public void Products_that_are_not_symmetric_are_never_called_converged(double asymmetry, bool converged)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var skew = randn([60, 60], dtype: ScalarType.Float64);
        var matrix = diag(linspace(-1, 10, 60, ScalarType.Float64)) + 10 * asymmetry * (skew - skew.t());
        AssertConverged(new MatrixOperator(matrix), converged);
    }

    [Theory]
    [InlineData(0.01, false)]
    [InlineData(1e-9, true)]
    public void Noisy_products_are_never_called_converged_and_cost_a_bounded_number(double noise, bool converged)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var exact = diag(linspace(-1, 10, 60, ScalarType.Float64));
        AssertConverged(new NoisyOperator(new MatrixOperator(exact), 10 * noise), converged);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_small_residual_means_converged_and_converged_means_an_accurate_value()
    {
        // Random symmetric matrices that drift, among them some without a positive eigenvalue and some that vanish.
        using var scope = NewDisposeScope();
        for (var seed = 0; seed < 12; seed++)
        {
            manual_seed(seed);
            var (start, drift) = (randn([40, 40], dtype: ScalarType.Float64), randn([40, 40], dtype: ScalarType.Float64));
            var shift = (seed % 3) switch { 0 => 0.0, 1 => -20, _ => -8.9 };
            using var tracker = new EigenTracker(count: 2);
            for (var step = 0; step < 15; step++)
            {
                using var inner = NewDisposeScope();
                var a = start + 0.01 * step * drift;
                var matrix = seed % 4 == 3 ? zeros_like(a) : (a + a.t()) / 2 + shift * eye(40, dtype: ScalarType.Float64);
                using var pairs = tracker.Update(new MatrixOperator(matrix), full(40, 0.01 * step, dtype: ScalarType.Float64));
                var truth = linalg.eigvalsh(matrix).flip(0).data<double>().ToArray();
                var accepted = 1e-3 * Math.Abs(truth[0]) + 1e-12 * truth.Max(Math.Abs);
                for (var i = 0; i < 2; i++)
                {
                    Assert.True(pairs.Converged[i] || pairs.Residuals[i] > accepted, $"seed {seed}, step {step}: residual {pairs.Residuals[i]}, not converged");
                    Assert.InRange(truth.Min(value => Math.Abs(value - pairs.Values[i])), 0, pairs.Residuals[i] + 1e-12);
                }
            }
        }
    }

    [Fact]
    public void A_loss_whose_second_derivative_is_noisy_is_reported()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var w = nn.Parameter(randn(30, dtype: ScalarType.Float64));
        var random = new Random(1);
        var sink = new Recorder();
        // Each backward pass of the gradient draws again: the products of one graph agree, those of a rebuilt graph would not.
        using var objective = new LossSpikes.Monitors.Objectives.AutogradObjective(
            [w],
            () => new((w.square() * (1 + 0.1 * random.NextDouble())).sum()),
            () => new((w.square() * rand(30, dtype: ScalarType.Float64)).sum() * random.NextDouble()));
        using var monitor = SharpnessMonitor.Watch(objective, StabilityThreshold.GradientDescent(0.1), null, sink);
        var seen = monitor.Observe(0)!;

        Assert.False(seen.Converged);
        Assert.Contains(sink.Warnings, warning => warning.Contains("not symmetric", StringComparison.Ordinal));
    }

    private static void AssertConverged(ILinearOperator matrix, bool expected)
    {
        using var tracker = new EigenTracker(count: 2);
        for (var step = 0; step < 10; step++)
        {
            using var pairs = tracker.Update(matrix, full(60, 0.1 * step, dtype: ScalarType.Float64));
            Assert.Equal(expected, pairs.Converged.All(c => c));
            Assert.InRange(pairs.MatVecs, 1, 120);
        }
    }

    private sealed class NoisyOperator(ILinearOperator matrix, double noise) : ILinearOperator
    {
        public long Dimension => matrix.Dimension;

        public ScalarType DataType => matrix.DataType;

        public Device Device => matrix.Device;

        public Tensor Apply(Tensor vectors) => matrix.Apply(vectors) + noise / Math.Sqrt(60) * randn_like(vectors);
    }
}
