using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>The small algebra of the tracker, with LAPACK as the judge.</summary>
public sealed class SmallSymmetricTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(30)]
    public void It_agrees_with_LAPACK_and_its_vectors_are_orthonormal(int n)
    {
        using var scope = NewDisposeScope();
        manual_seed(n);
        var half = randn([n, n], dtype: ScalarType.Float64);
        var matrix = half + half.t();
        var found = new SmallSymmetric(SmallMatrix.Read(matrix));
        var vectors = SmallMatrix.Write(found.Vectors, matrix);

        TensorAssert.AssertClose(tensor(found.Values), linalg.eigvalsh(matrix).flip(0), 1e-12);
        TensorAssert.AssertClose(vectors.mm(vectors.t()), eye(n, dtype: ScalarType.Float64), 1e-12);
        TensorAssert.AssertClose(vectors.mm(matrix), vectors * tensor(found.Values).unsqueeze(1), 1e-11);
    }

    [Fact]
    public void Equal_and_vanishing_eigenvalues_are_no_trouble()
    {
        using var scope = NewDisposeScope();
        foreach (var matrix in (Tensor[])[zeros([4, 4], dtype: ScalarType.Float64), eye(4, dtype: ScalarType.Float64) * 3, ones([4, 4], dtype: ScalarType.Float64)])
        {
            var found = new SmallSymmetric(SmallMatrix.Read(matrix));
            Assert.True((tensor(found.Values) - linalg.eigvalsh(matrix).flip(0)).abs().max().item<double>() < 1e-12);
        }
    }
}
