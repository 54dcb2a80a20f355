using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The eigenpairs of a small matrix taken whole, by LAPACK in float64: the reference that nothing iterative can be wrong against.</summary>
public static class DenseEigen
{
    /// <summary>The largest eigenpairs of <paramref name="operation"/>. Cost: d products, d² numbers and of the order of d³ operations.</summary>
    /// <param name="operation">The matrix.</param>
    /// <param name="count">How many pairs; min(count, d) are returned.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    /// <exception cref="ArgumentException">d is above what <see cref="DenseMatrix"/> takes.</exception>
    public static Eigenpairs Largest(ILinearOperator operation, int count)
    {
        using var scope = NewDisposeScope();
        var matrix = DenseMatrix.Of(operation).to(ScalarType.Float64).cpu();
        if (!matrix.isfinite().all().item<bool>())
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        count = (int)Math.Min(count, operation.Dimension);
        var (ascending, columns) = linalg.eigh(matrix);
        var (values, vectors) = (ascending.flip(0).narrow(0, 0, count), columns.t().flip(0).narrow(0, 0, count));
        var residuals = (vectors.mm(matrix) - vectors * values.unsqueeze(1)).square().sum(1L).sqrt();
        return new Eigenpairs(
            [.. values.data<double>()],
            vectors.to(operation.DataType).to(operation.Device).MoveToOuterDisposeScope(),
            [.. residuals.data<double>()],
            [.. Enumerable.Repeat(true, count)],
            (int)operation.Dimension);
    }
}
