using CsCheck;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>The tracker on made sequences of matrices whose spectra are known.</summary>
public sealed class EigenTrackerTests
{
    private const int Dimension = 60;

    [Fact]
    public void An_eigenvalue_that_overtakes_the_largest_is_reported_from_its_first_step_on()
    {
        // λ of one direction rises from the middle of the spectrum through five others; k = 1 sees only the top.
        using var scope = NewDisposeScope();
        manual_seed(3);
        var basis = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q;
        using var tracker = new EigenTracker(1, 2, 1e-3);
        for (var step = 0; step < 400; step++)
        {
            using var inner = NewDisposeScope();
            var spectrum = linspace(0, 10, Dimension, ScalarType.Float64);
            spectrum[20] = 2 + 0.03 * step;
            var matrix = basis.mm(spectrum.diag()).mm(basis.t());
            using var pairs = tracker.Update(new MatrixOperator(matrix));

            AssertRelative(Math.Max(10, 2 + 0.03 * step), pairs.Values[0], 1e-3, $"step {step}");
        }
    }

    [Fact]
    public void Random_symmetric_matrices_with_clusters_and_crossings_are_tracked()
    {
        var cases = Gen.Select(Gen.Int[0, 10_000], Gen.Int[1, 4], Gen.Double[0, 0.03], Gen.Bool);
        cases.Sample((seed, count, turn, clustered) =>
        {
            using var scope = NewDisposeScope();
            manual_seed(seed);
            var basis = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q;
            var skew = randn([Dimension, Dimension], dtype: ScalarType.Float64);
            var rotation = linalg.matrix_exp((skew - skew.t()) * (turn / Math.Sqrt(Dimension)));
            var from = Spectrum(clustered);
            var to = Spectrum(clustered);
            using var tracker = new EigenTracker(count, 2, 1e-3);
            for (var step = 0; step <= 60; step++)
            {
                using var inner = NewDisposeScope();
                var spectrum = from * (1 - step / 60.0) + to * (step / 60.0);
                var matrix = basis.mm(spectrum.diag()).mm(basis.t());
                var expected = spectrum.sort(descending: true).Values.data<double>().ToArray();
                using var pairs = tracker.Update(new MatrixOperator(matrix));
                for (var i = 0; i < count; i++)
                {
                    Assert.True(pairs.Values[i] <= expected[i] + 1e-10, "a Ritz value is a lower bound");
                    Assert.True(expected[i] - pairs.Values[i] <= 1e-2 * expected[0], $"seed {seed}, step {step}, λ{i + 1}: {pairs.Values[i]} against {expected[i]}");
                }

                basis = rotation.mm(basis).MoveToOuterDisposeScope();
            }
        }, iter: 40);

        static Tensor Spectrum(bool clustered)
        {
            var spectrum = randn([Dimension], dtype: ScalarType.Float64).abs() * 2;
            if (clustered)
            {
                spectrum.narrow(0, 0, 4).copy_(8 + 0.01 * randn([4], dtype: ScalarType.Float64));
            }

            return spectrum[randperm(Dimension)];
        }
    }

    [Fact]
    public void Certificates_are_true()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var matrix = Symmetric(Dimension);
        var operation = new MatrixOperator(matrix);
        using var tracker = new EigenTracker(3, 2, 1e-6);
        using var pairs = tracker.Update(operation);
        var residuals = (pairs.Vectors.mm(matrix) - pairs.Vectors * tensor(pairs.Values.ToArray()).unsqueeze(1)).norm(1).data<double>().ToArray();

        Assert.Equal(operation.Products, pairs.Products);
        Assert.All(pairs.Converged, Assert.True);
        Assert.All(residuals.Zip(pairs.Residuals), r => Assert.Equal(r.First, r.Second, 1e-10));
        Tensors.AssertClose(pairs.Vectors.mm(pairs.Vectors.t()), eye(3, dtype: ScalarType.Float64), 1e-10);
    }

    [Fact]
    public void Signs_are_continued_and_start_with_the_largest_component_positive()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var matrix = Symmetric(30);
        using var tracker = new EigenTracker(2);
        var first = tracker.Update(new MatrixOperator(matrix));
        for (var row = 0; row < 2; row++)
        {
            Assert.True(first.Vectors[row][first.Vectors[row].abs().argmax()].item<double>() > 0);
        }

        var before = first.Vectors;
        for (var step = 0; step < 50; step++)
        {
            matrix += 0.02 * Symmetric(30);
            var now = tracker.Update(new MatrixOperator(matrix)).Vectors;
            Assert.True(now[0].dot(before[0]).item<double>() > 0);
            before = now;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Matrices_smaller_than_the_block_are_solved_whole(int dimension)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var matrix = Symmetric(dimension);
        using var tracker = new EigenTracker(4);
        using var pairs = tracker.Update(new MatrixOperator(matrix));
        var expected = linalg.eigvalsh(matrix).flip(0).data<double>().ToArray();

        Assert.Equal(dimension, pairs.Values.Count);
        Assert.All(expected.Zip(pairs.Values), e => Assert.Equal(e.First, e.Second, 1e-12));
    }

    [Fact]
    public void A_product_that_is_not_finite_is_an_exception_and_does_no_harm()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var matrix = Symmetric(20);
        using var tracker = new EigenTracker(1);
        tracker.Update(new MatrixOperator(matrix));

        Assert.Throws<ArithmeticException>(() => tracker.Update(new MatrixOperator(matrix * double.NaN)));
        AssertRelative(linalg.eigvalsh(matrix)[^1].item<double>(), tracker.Update(new MatrixOperator(matrix)).Values[0], 1e-3, "afterwards");
    }

    [Fact]
    public void Lanczos_agrees_with_a_dense_decomposition()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        foreach (var dimension in (int[])[1, 2, 50, 200])
        {
            var matrix = Symmetric(dimension);
            using var pairs = Lanczos.Largest(new MatrixOperator(matrix), 3, 1e-10);
            var expected = linalg.eigvalsh(matrix).flip(0).data<double>().ToArray();

            Assert.Equal(Math.Min(3, dimension), pairs.Values.Count);
            Assert.All(expected.Zip(pairs.Values), e => AssertRelative(e.First, e.Second, 1e-9, $"d = {dimension}"));
            var vectors = pairs.Vectors;
            Tensors.AssertClose(vectors.mm(matrix), vectors * tensor(pairs.Values.ToArray()).unsqueeze(1), 1e-4);
        }
    }

    private static Tensor Symmetric(int dimension)
    {
        var half = randn([dimension, dimension], dtype: ScalarType.Float64);
        return half + half.t();
    }

    private static void AssertRelative(double expected, double actual, double tolerance, string where) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"{where}: {actual} against {expected}");
}
