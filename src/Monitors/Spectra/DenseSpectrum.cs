using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Spectra;

/// <summary>Every eigenvalue of a matrix of small d, and how many of them have a certain sign.</summary>
/// <param name="Values">All eigenvalues, smallest first.</param>
/// <param name="Rounding">
/// The error that they may have: half the norm of what the matrix lacks in symmetry, |A − Aᵀ|_F/2 (Weyl), or that of rounding where it is larger.
/// </param>
public sealed record DenseSpectrum(IReadOnlyList<double> Values, double Rounding)
{
    /// <summary>How many eigenvalues are below −<see cref="Rounding"/>.</summary>
    public int Negative => Values.Count(v => v < -Rounding);

    /// <summary>How many are above <see cref="Rounding"/>; the rest are zero to rounding.</summary>
    public int Positive => Values.Count(v => v > Rounding);

    /// <summary>The trace.</summary>
    public double Trace => Values.Sum();

    /// <summary>The eigenvalues as a measure.</summary>
    public SpectralMeasure Measure => new([[.. Values.Select(v => new WeightedValue(v, 1.0 / Values.Count))]], Values.Count) { IsComplete = true };

    /// <summary>Computes them in float64. Cost: d HVPs, memory for 2d² numbers, and O(d³) operations.</summary>
    /// <exception cref="ArgumentException">d is above 5,000.</exception>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public static DenseSpectrum Of(ILinearOperator matrix)
    {
        using var scope = NewDisposeScope();
        var dense = DenseMatrix.Products(matrix).to(ScalarType.Float64).cpu();
        if (!dense.isfinite().all().item<bool>())
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        double[] values = [.. linalg.eigvalsh(dense.Plus(dense.t()) * Scalar(0.5)).data<double>()];
        var asymmetry = (dense - dense.t()).norm().item<double>() / 2;
        return new DenseSpectrum(values, Math.Max(asymmetry, Eigenpairs.Rounding(matrix.DataType) * values.Max(Math.Abs)));
    }
}
