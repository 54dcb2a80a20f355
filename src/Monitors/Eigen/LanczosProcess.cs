using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The Lanczos process with full reorthogonalization: an orthonormal basis of the Krylov space of a start vector, in which the matrix is tridiagonal.
/// </summary>
/// <param name="matrix">The matrix.</param>
internal sealed class LanczosProcess(ILinearOperator matrix) : IDisposable
{
    private readonly GrowingRows _basis = new(matrix.Dimension, matrix.DataType, matrix.Device);
    private readonly List<double> _diagonal = [], _offDiagonal = [];
    private Tensor? _rest; // of the last product, orthogonal to the basis

    /// <summary>How many steps were made: one product each.</summary>
    public int Steps => _diagonal.Count;

    /// <summary>β, the norm of what the last product has outside the space.</summary>
    public double Beta { get; private set; }

    /// <summary>The largest magnitude of an entry of the tridiagonal matrix, β included: at most the norm of the matrix.</summary>
    public double Largest { get; private set; }

    /// <summary>The largest |x·A·y − y·A·x| of two vectors of the basis: 0 to rounding for a symmetric matrix.</summary>
    public double Asymmetry { get; private set; }

    /// <summary>
    /// One step. Cost: one product, and 4·<see cref="Steps"/>·d multiplications.
    /// </summary>
    /// <param name="start">Where the space begins, or begins again: shape [d], orthogonal to the basis; null to go on from the last product.</param>
    /// <exception cref="ArithmeticException">The product is not finite.</exception>
    public void Step(Tensor? start = null)
    {
        using var scope = NewDisposeScope();
        if (Steps > 0)
        {
            _offDiagonal.Add(start is null ? Beta : 0);
        }

        var from = start ?? _rest!;
        var row = _basis.Add(from / from.norm());
        _rest?.Dispose();
        var product = matrix.Apply(row).squeeze(0).clone(); // the operator may hand out a tensor of its own, or the row itself
        _diagonal.Add(Number(product.dot(row.squeeze(0))));
        var overlaps = _basis.Dots(product);
        Asymmetry = Math.Max(Asymmetry, AsymmetryOf(overlaps));
        _basis.Subtract(product, overlaps);
        _basis.Subtract(product, _basis.Dots(product)); // twice is enough (Kahan)
        Beta = Number(product.norm());
        Largest = Math.Max(Largest, Math.Max(Math.Abs(_diagonal[^1]), Beta));
        _rest = product.DetachFromDisposeScope();
    }

    /// <summary>A random vector that is orthogonal to the basis, shape [d]. It belongs to the present dispose scope.</summary>
    public Tensor Random(Generator generator)
    {
        var fresh = randn([matrix.Dimension], dtype: matrix.DataType, generator: generator).to(matrix.Device);
        for (var pass = 0; pass < 2 && Steps > 0; pass++)
        {
            _basis.Subtract(fresh, _basis.Dots(fresh));
        }

        return fresh;
    }

    /// <summary>The eigenvalues of the tridiagonal matrix, largest first, and its unit eigenvectors as columns.</summary>
    public (double[] Values, Tensor Vectors) Ritz()
    {
        var n = Steps;
        var dense = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            dense[i * n + i] = _diagonal[i];
            if (i + 1 < n)
            {
                dense[i * n + i + 1] = dense[(i + 1) * n + i] = _offDiagonal[i];
            }
        }

        var (values, vectors) = linalg.eigh(tensor(dense, [n, n]));
        return ([.. values.flip(0).data<double>()], vectors.flip(1));
    }

    /// <summary>The vectors of rows of coordinates, shape [m, <see cref="Steps"/>] → [m, d].</summary>
    public Tensor Vectors(Tensor coordinates) => _basis.Combine(coordinates.to(matrix.DataType).to(matrix.Device));

    /// <summary>Releases the basis.</summary>
    public void Dispose()
    {
        _rest?.Dispose();
        _basis.Dispose();
    }

    /// <summary>
    /// How far overlaps of a product with the basis are from those of a symmetric matrix: β with the last vector but one, zero with the earlier
    /// ones.
    /// </summary>
    private double AsymmetryOf(Tensor overlaps)
    {
        var numbers = overlaps.to(ScalarType.Float64).cpu().data<double>().ToArray();
        return Enumerable.Range(0, numbers.Length - 1)
            .Select(j => Math.Abs(numbers[j] - (j == numbers.Length - 2 ? _offDiagonal[^1] : 0))).DefaultIfEmpty().Max();
    }

    private static double Number(Tensor scalar)
    {
        var value = scalar.to(ScalarType.Float64).item<double>();
        return double.IsFinite(value) ? value : throw new ArithmeticException("a product with the matrix is not finite");
    }
}
