using CsCheck;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>The dense algebra of the tracker against libtorch and LAPACK.</summary>
public sealed class MatrixTests
{
    // Empty matrices are among the shapes: a subspace in which nothing was evaluated has them.
    private static readonly Gen<(int Rows, int Inner, int Columns, int Seed)> Shapes =
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6], Gen.Int[0, 6], Gen.Int[0, 10_000]);

    [Fact]
    public void Operators_agree_with_torch() => Shapes.Sample(shape =>
    {
        using var scope = NewDisposeScope();
        var (rows, inner, columns, seed) = shape;
        manual_seed(seed);
        var (a, b, c) = (Random(rows, inner), Random(rows, inner), Random(inner, columns));
        var factor = rand(1).item<float>() - 0.5;
        var (x, y, z) = (Matrix.From(a), Matrix.From(b), Matrix.From(c));

        AssertClose(a + b, x + y);
        AssertClose(a - b, x - y);
        AssertClose(-a, -1 * x);
        AssertClose(factor * a, factor * x);
        AssertClose(a.mm(c), x * z);
        AssertClose(a.mm(c) + factor * (a - b).mm(c), x * z + factor * ((x - y) * z));
        AssertClose(a.t(), x.Transpose());
        AssertClose(a.t().mm(b), x.Transpose() * y);
        Assert.Equal(a.norm().item<double>(), x.Norm, 1e-14);
    }, threads: 1);

    [Fact]
    public void Parts_and_stacks_agree_with_torch() => Shapes.Sample(shape =>
    {
        using var scope = NewDisposeScope();
        var (rows, columns, more, seed) = shape;
        manual_seed(seed);
        var (a, right, below) = (Random(rows, columns), Random(rows, more), Random(more, columns));
        var (x, first, left) = (Matrix.From(a), rows / 2, columns / 3);

        AssertEqual(cat([a, right], 1), Matrix.HStack(x, Matrix.From(right)));
        AssertEqual(cat([a, below], 0), Matrix.VStack(x, Matrix.From(below)));
        AssertEqual(nn.functional.pad(a, [0, more, 0, 2]), x.Padded(2, more));
        AssertEqual(a.narrow(0, first, rows - first), x[first..]);
        AssertEqual(a.narrow(1, left, columns - left), x[.., left..]);
        AssertEqual(a.narrow(0, 0, first).narrow(1, 0, left), x[..first, ..left]);
        for (var i = 0; i < rows; i++)
        {
            Assert.Equal(Entries(a[i]), x.Row(i).ToArray());
        }

        var factors = Random(1, rows)[0];
        AssertEqual(a * factors.unsqueeze(1), Matrix.Diagonal(Entries(factors)) * x);
        AssertEqual(factors.diag(), Matrix.Diagonal(Entries(factors)));
        AssertEqual(eye(rows, dtype: ScalarType.Float64), Matrix.Identity(rows));
        AssertEqual(zeros(rows, columns, dtype: ScalarType.Float64), Matrix.Zeros(rows, columns));
    }, threads: 1);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Tensors_of_either_precision_and_any_layout_survive_a_round_trip(ScalarType type)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        foreach (var tensor in (Tensor[])[randn([3, 4], dtype: type), randn([4, 3], dtype: type).t(), randn([2, 3, 4], dtype: type)[1, ..2, 1..]])
        {
            var back = Matrix.From(tensor).ToTensor(tensor);

            Assert.Equal(type, back.dtype);
            Assert.True(back.equal(tensor).all().item<bool>());
        }
    }

    [Theory]
    [InlineData(3, -7, 2, 7)]
    [InlineData(0, double.NaN, 2, double.NaN)]
    [InlineData(double.NegativeInfinity, 1, 0, double.PositiveInfinity)]
    public void The_largest_entry_is_taken_by_its_magnitude_and_hides_nothing(double a, double b, double c, double largest) =>
        Assert.Equal(largest, Matrix.Of(1, 3, [a, b, c]).Largest);

    [Fact]
    public void No_operation_changes_its_operands()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var (tensor, other) = (Random(3, 3), Random(3, 3));
        var (x, y) = (Matrix.From(tensor), Matrix.From(other));

        _ = x + y - 2.0 * x * y.Transpose();
        _ = (Matrix.Diagonal(1, 2, 3) * Matrix.HStack(x, y))[1..];
        x.ToTensor(tensor).add_(1);
        _ = -1 * Matrix.VStack(x, y).Padded(1, 1);
        _ = new SymmetricEigen(x);

        AssertEqual(tensor, x);
        AssertEqual(other, y);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(30)]
    public void Eigenpairs_agree_with_LAPACK_and_vectors_are_orthonormal(int n)
    {
        using var scope = NewDisposeScope();
        manual_seed(n);
        var half = Random(n, n);
        var matrix = half + half.t();
        var found = new SymmetricEigen(Matrix.From(matrix));
        var vectors = found.Vectors.ToTensor(matrix);

        TensorAssert.AssertClose(tensor(found.Values), linalg.eigvalsh(matrix).flip(0), 1e-12);
        TensorAssert.AssertClose(vectors.mm(vectors.t()), eye(n, dtype: ScalarType.Float64), 1e-12);
        TensorAssert.AssertClose(vectors.mm(matrix), vectors * tensor(found.Values).unsqueeze(1), 1e-11);
    }

    [Fact]
    public void Equal_and_vanishing_eigenvalues_are_found()
    {
        using var scope = NewDisposeScope();
        var type = ScalarType.Float64;
        foreach (var matrix in (Tensor[])[zeros([4, 4], dtype: type), eye(4, dtype: type) * 3, ones([4, 4], dtype: type)])
        {
            var found = new SymmetricEigen(Matrix.From(matrix));
            Assert.True((tensor(found.Values) - linalg.eigvalsh(matrix).flip(0)).abs().max().item<double>() < 1e-12);
        }
    }

    [Fact]
    public void The_polar_factor_is_that_of_the_singular_value_decomposition()
    {
        using var scope = NewDisposeScope();
        for (var seed = 0; seed < 20; seed++)
        {
            manual_seed(seed);
            var matrix = eye(5, dtype: ScalarType.Float64) + 0.3 * Random(5, 5);
            var (u, _, vh) = linalg.svd(matrix, fullMatrices: false);
            TensorAssert.AssertClose(SymmetricEigen.PolarFactor(Matrix.From(matrix)).ToTensor(matrix), u.mm(vh), 1e-10);
        }
    }

    private static Tensor Random(int rows, int columns) => randn([rows, columns], dtype: ScalarType.Float64);

    private static double[] Entries(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.contiguous().data<double>().ToArray();

    private static void AssertEqual(Tensor expected, Matrix actual)
    {
        Assert.Equal((expected.shape[0], expected.shape[1]), (actual.Rows, actual.Columns));
        Assert.Equal(Entries(expected), actual.Entries.ToArray());
    }

    private static void AssertClose(Tensor expected, Matrix actual)
    {
        Assert.Equal((expected.shape[0], expected.shape[1]), (actual.Rows, actual.Columns));
        Assert.All(Entries(expected).Zip(actual.Entries.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-13));
    }
}
