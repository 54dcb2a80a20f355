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
    /// <summary>
    /// The largest |x·A·y − y·A·x| seen for unit vectors x and y: 0 to rounding for a symmetric matrix. Products that are noisy, or that come from
    /// a wrong second derivative, are not symmetric, and their pairs are never called converged.
    /// </summary>
    public double Asymmetry { get; init; }

    /// <summary>The largest |λ| seen, a lower bound of the norm of the matrix: rounding errors are relative to it, not to λ₁.</summary>
    public double Norm { get; init; }

    /// <summary>
    /// The error that is accepted in a value: <paramref name="tolerance"/>·|λ₁|, or what rounding makes of the norm where that is more. So a
    /// matrix without a positive eigenvalue, or with none at all, converges too.
    /// </summary>
    /// <param name="tolerance">The tolerance, relative to |λ₁|.</param>
    /// <param name="largest">λ₁.</param>
    /// <param name="norm">The norm of the matrix, or a lower bound.</param>
    /// <param name="type">The dtype of the products.</param>
    internal static double Accepted(double tolerance, double largest, double norm, ScalarType type) =>
        Math.Max(tolerance * Math.Abs(largest), Rounding(type) * norm);

    /// <summary>The rounding of products, relative to the norm of the matrix.</summary>
    internal static double Rounding(ScalarType type) => type == ScalarType.Float64 ? 1e-13 : 1e-6;

    /// <summary>Whether more than one start vector was tried, or the whole space was searched: then no copy of a multiple eigenvalue is missing.</summary>
    internal bool IsComplete { get; init; }

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
    /// <param name="tolerance">The asymmetry, relative to the largest eigenvalue, at which the pairs still count as converged.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    /// <exception cref="ArgumentException">d is above the limit of <see cref="DenseMatrix"/>.</exception>
    public static Eigenpairs Largest(ILinearOperator matrix, int count, double tolerance = 1e-3)
    {
        using var scope = NewDisposeScope();
        var products = DenseMatrix.Products(matrix);
        var dense = (products.Plus(products.t()) * Scalar(0.5)).to(ScalarType.Float64).cpu();
        if (!dense.isfinite().all().item<bool>())
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        count = (int)Math.Min(count, matrix.Dimension);
        var (ascending, columns) = linalg.eigh(dense);
        var (values, vectors) = (ascending.flip(0).narrow(0, 0, count), columns.t().flip(0).narrow(0, 0, count));
        var residuals = (vectors.mm(dense) - vectors * values.unsqueeze(1)).Squared().sum(1L).sqrt();
        var norm = ascending.abs().max().item<double>();
        var asymmetry = (products - products.t()).abs().max().to(ScalarType.Float64).item<double>();
        var accepted = Eigenpairs.Accepted(tolerance, values[0].item<double>(), norm, matrix.DataType);
        return new Eigenpairs(
            [.. values.data<double>()],
            vectors.to(matrix.DataType).to(matrix.Device).MoveToOuterDisposeScope(),
            [.. residuals.data<double>()],
            [.. Enumerable.Repeat(!(asymmetry > accepted), count)],
            (int)matrix.Dimension)
        {
            Asymmetry = asymmetry,
            Norm = norm,
        };
    }
}
