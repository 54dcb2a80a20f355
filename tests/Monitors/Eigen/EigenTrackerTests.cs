using CsCheck;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>The tracker on made sequences of matrices whose spectra are known.</summary>
public sealed class EigenTrackerTests
{
    private const int Dimension = 60;

    [Fact]
    public void Eigenvalues_that_overtake_each_other_are_reported_in_the_right_order()
    {
        // Three eigenvalues pass each other again and again along eigenvectors that do not move; k = 1 sees only the top.
        using var scope = NewDisposeScope();
        var way = ones(Dimension, dtype: ScalarType.Float64);
        var errors = new List<double>();
        for (var seed = 0; seed < 20; seed++)
        {
            manual_seed(seed);
            var random = new Random(seed);
            var basis = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q;
            var swings = Enumerable.Range(0, 3).Select(_ => (Speed: 0.05 + (0.15 * random.NextDouble()), Start: 6 * random.NextDouble())).ToArray();
            using var tracker = new EigenTracker(1, 2, 1e-3);
            for (var step = 0; step < 200; step++)
            {
                using var inner = NewDisposeScope();
                var spectrum = linspace(-3, 6, Dimension, ScalarType.Float64);
                double[] top = [.. swings.Select(swing => 10 + Math.Sin((swing.Speed * step) + swing.Start))];
                spectrum.narrow(0, 20, 3).copy_(tensor(top));
                using var pairs = tracker.Update(new MatrixOperator(basis.mm(spectrum.diag()).mm(basis.t())), step * way);
                errors.Add((top.Max() - pairs.Values[0]) / top.Max());
            }
        }

        // They move by up to twenty times the tolerance a step: one that rests may be met a step late.
        Assert.InRange(errors.Max(), 0, 2e-2);
        Assert.InRange(errors.Count(error => error > 1e-3), 0, errors.Count / 400);
    }

    [Fact]
    public void Random_symmetric_matrices_with_clusters_and_crossings_are_tracked()
    {
        var cases = Gen.Select(Gen.Int[0, 10_000], Gen.Int[1, 4], Gen.Double[0, 0.02], Gen.Bool, Gen.Bool);
        cases.Sample((seed, count, turn, clustered, placed) =>
        {
            using var scope = NewDisposeScope();
            manual_seed(seed);
            var basis = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q;
            var skew = randn([Dimension, Dimension], dtype: ScalarType.Float64);
            var rotation = linalg.matrix_exp((skew - skew.t()) * (turn / Math.Sqrt(Dimension)));
            var bulk = randn([Dimension - count - 2], dtype: ScalarType.Float64);
            var way = ones(Dimension, dtype: ScalarType.Float64);
            var (from, to) = (Top(count + 2, clustered), Top(count + 2, clustered));
            using var tracker = new EigenTracker(count, 2, 1e-3);
            for (var step = 0; step <= 60; step++)
            {
                using var inner = NewDisposeScope();
                var spectrum = cat([bulk, from * (1 - step / 60.0) + to * (step / 60.0)]);
                var matrix = basis.mm(spectrum.diag()).mm(basis.t());
                var expected = spectrum.sort(descending: true).Values.data<double>().ToArray();
                using var pairs = tracker.Update(new MatrixOperator(matrix), placed ? step * way : null);
                for (var i = 0; i < count; i++)
                {
                    Assert.True(pairs.Values[i] <= expected[i] + 1e-10, "a Ritz value is a lower bound");
                    // Of a cluster a few may be taken for each other, but never the sharpness.
                    Assert.True(expected[i] - pairs.Values[i] <= (i == 0 ? 4e-3 : 2e-2) * expected[0], $"seed {seed}, step {step}, λ{i + 1}: {pairs.Values[i]} against {expected[i]}");
                }

                basis = rotation.mm(basis).MoveToOuterDisposeScope();
            }
        }, iter: 60, threads: 1);

        // Above the bulk, in random order, so that straight lines from one to the other cross.
        static Tensor Top(int count, bool clustered) => clustered
            ? 8 + 0.02 * randn([count], dtype: ScalarType.Float64)
            : 5 + 5 * rand([count], dtype: ScalarType.Float64);
    }

    [Fact]
    public void While_little_changes_guards_rest_and_a_step_costs_less_than_two_products()
    {
        // Wide gaps and eigenvectors that turn by a thousandth a step. With every guard looked at, and one more, a step costs four products.
        var (resting, looking) = (Spent(resting: true), Spent(resting: false));

        Assert.InRange(resting, 1, 1.5);
        Assert.InRange(looking, 4, 4.5);

        static double Spent(bool resting)
        {
            using var scope = NewDisposeScope();
            var (basis, rotation, spectrum) = Turning();
            using var tracker = new EigenTracker(1, resting: resting);
            tracker.Update(new MatrixOperator(basis.mm(spectrum.diag()).mm(basis.t())), basis[0]);
            var products = 0;
            for (var step = 0; step < 100; step++)
            {
                basis = rotation.mm(basis);
                using var pairs = tracker.Update(new MatrixOperator(basis.mm(spectrum.diag()).mm(basis.t())), basis[0]);
                products += pairs.Products;
                AssertRelative(10, pairs.Values[0], 1e-3, $"step {step}");
                Assert.True(pairs.Converged[0]);
            }

            return products / 100.0;
        }
    }

    [Fact]
    public void A_tracker_that_goes_on_from_a_state_spends_and_finds_what_the_first_would_have()
    {
        // Broken off after every number of updates, so that guards are met at rest as well as after a look.
        using var scope = NewDisposeScope();
        for (var broken = 1; broken < 9; broken++)
        {
            using var whole = new EigenTracker(1);
            using var first = new EigenTracker(1);
            using var second = new EigenTracker(1);
            var (basis, rotation, spectrum) = Turning();
            for (var step = 0; step < 12; step++)
            {
                var matrix = basis.mm(spectrum.diag()).mm(basis.t());
                var expected = whole.Update(new MatrixOperator(matrix), basis[0]);
                if (step == broken)
                {
                    second.Restore(first.State);
                }

                var actual = (step < broken ? first : second).Update(new MatrixOperator(matrix), basis[0]);
                Assert.Equal(expected.Values[0], actual.Values[0]);
                Assert.Equal(expected.Products, actual.Products);
                Assert.True(expected.Vectors.equal(actual.Vectors).all().item<bool>());
                basis = rotation.mm(basis);
            }
        }
    }

    [Fact]
    public void Equal_eigenvalues_are_found_as_often_as_they_occur()
    {
        using var scope = NewDisposeScope();
        using var tracker = new EigenTracker(3);
        var matrix = eye(50, dtype: ScalarType.Float64) * 4;
        for (var step = 0; step < 3; step++)
        {
            Assert.All(tracker.Update(new MatrixOperator(matrix)).Values, v => Assert.Equal(4, v, 1e-12));
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
        TensorAssert.AssertClose(pairs.Vectors.mm(pairs.Vectors.t()), eye(3, dtype: ScalarType.Float64), 1e-10);
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
            TensorAssert.AssertClose(vectors.mm(matrix), vectors * tensor(pairs.Values.ToArray()).unsqueeze(1), 1e-4);
        }
    }

    [Fact]
    public void Lanczos_finds_a_cluster_before_it_tells_its_members_apart()
    {
        using var scope = NewDisposeScope();
        for (var seed = 0; seed < 10; seed++)
        {
            manual_seed(seed);
            var basis = linalg.qr(randn([300, 300], dtype: ScalarType.Float64)).Q;
            var spectrum = cat([linspace(9.99, 10, 12, ScalarType.Float64), 8 * rand([288], dtype: ScalarType.Float64)]);
            using var pairs = Lanczos.Largest(new MatrixOperator(basis.mm(spectrum.diag()).mm(basis.t())), 5, 1e-4, seed, judged: 2);

            Assert.InRange(pairs.Values[0], 9.99, 10);
            Assert.InRange(pairs.Products, 1, 20);
        }
    }

    /// <summary>Eigenvectors as columns, what turns them from step to step, and a spectrum whose largest are 10, 8 and 6.</summary>
    private static (Tensor Basis, Tensor Rotation, Tensor Spectrum) Turning()
    {
        manual_seed(11);
        var skew = randn([Dimension, Dimension], dtype: ScalarType.Float64);
        var rotation = linalg.matrix_exp((skew - skew.t()) * (1e-3 / Math.Sqrt(Dimension)));
        return (linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q, rotation, cat([tensor((double[])[10, 8, 6]), rand([Dimension - 3], dtype: ScalarType.Float64)]));
    }

    private static Tensor Symmetric(int dimension)
    {
        var half = randn([dimension, dimension], dtype: ScalarType.Float64);
        return half + half.t();
    }

    private static void AssertRelative(double expected, double actual, double tolerance, string where) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"{where}: {actual} against {expected}");
}
