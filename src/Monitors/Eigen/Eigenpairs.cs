using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The largest eigenvalues of a symmetric matrix, largest algebraic first, each with its residual as an error bound.</summary>
/// <param name="Values">Ritz values λ₁ ≥ λ₂ ≥ …; each is a lower bound of the eigenvalue of its rank.</param>
/// <param name="Vectors">Unit Ritz vectors as rows, shape [k, d], in the dtype of the operator.</param>
/// <param name="Residuals">|A·v − λ·v|: some eigenvalue lies at most this far from the Ritz value λ.</param>
/// <param name="Converged">Whether the estimated error of the value met the tolerance of the method that found it.</param>
/// <param name="MatVecs">How many products with the matrix (HVPs) it took.</param>
public sealed record Eigenpairs(
    IReadOnlyList<double> Values, Tensor Vectors, IReadOnlyList<double> Residuals, IReadOnlyList<bool> Converged, int MatVecs) : IDisposable
{
    /// <summary>The first <paramref name="count"/> pairs; the vectors are a copy.</summary>
    internal Eigenpairs Take(int count) => this with
    {
        Values = [.. Values.Take(count)],
        Vectors = Vectors.narrow(0, 0, count).clone(),
        Residuals = [.. Residuals.Take(count)],
        Converged = [.. Converged.Take(count)],
    };

    /// <summary>Hands the vectors to the caller's scope.</summary>
    internal Eigenpairs MoveToOuterDisposeScope()
    {
        Vectors.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Releases <see cref="Vectors"/>.</summary>
    public void Dispose() => Vectors.Dispose();
}

/// <summary>The eigenpairs of a small matrix by LAPACK in float64: the reference for every iterative method.</summary>
public static class DenseEigen
{
    /// <summary>The largest eigenpairs of <paramref name="matrix"/>. Cost: d HVPs, memory for d² numbers and O(d³) operations.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="count">How many pairs; min(count, d) are returned.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    /// <exception cref="ArgumentException">d is above the limit of <see cref="DenseMatrix"/>.</exception>
    public static Eigenpairs Largest(ILinearOperator matrix, int count)
    {
        using var scope = NewDisposeScope();
        var dense = DenseMatrix.Of(matrix).to(ScalarType.Float64).cpu();
        if (!dense.isfinite().all().item<bool>())
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        count = (int)Math.Min(count, matrix.Dimension);
        var (ascending, columns) = linalg.eigh(dense);
        var (values, vectors) = (ascending.flip(0).narrow(0, 0, count), columns.t().flip(0).narrow(0, 0, count));
        var residuals = (vectors.mm(dense) - vectors * values.unsqueeze(1)).Squared().sum(1L).sqrt();
        return new Eigenpairs(
            [.. values.data<double>()],
            vectors.to(matrix.DataType).to(matrix.Device).MoveToOuterDisposeScope(),
            [.. residuals.data<double>()],
            [.. Enumerable.Repeat(true, count)],
            (int)matrix.Dimension);
    }
}
