using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Lanczos from a random start with full re-orthogonalization: slow, without memory of earlier steps, and therefore the
/// judge of the <see cref="EigenTracker"/>.
/// </summary>
/// <remarks>Of eigenvalues that are exactly equal it may find fewer than there are (Parlett 1980, The Symmetric Eigenvalue Problem, ch. 13).</remarks>
public static class Lanczos
{
    // Most runs take fewer.
    private const int FirstRows = 32;

    /// <summary>The largest eigenpairs of <paramref name="operation"/>. Cost: 15–60 products.</summary>
    /// <param name="operation">The matrix.</param>
    /// <param name="count">How many pairs; min(count, d) are returned.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    /// <param name="seed">Of the random start.</param>
    /// <param name="limit">The most products spent.</param>
    /// <param name="judged">How many of the pairs must meet the tolerance; all where it is null.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public static Eigenpairs Largest(ILinearOperator operation, int count, double tolerance, long seed = 0, int limit = 300, int? judged = null)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var steps = (int)Math.Min(limit, operation.Dimension);
        count = (int)Math.Min(count, operation.Dimension);
        var basis = empty([Math.Min(FirstRows, steps), operation.Dimension], dtype: operation.DataType, device: operation.Device);
        var diagonal = new List<double>();
        var offDiagonal = new List<double>();
        var next = randn([operation.Dimension], dtype: operation.DataType, generator: generator).to(operation.Device);

        while (true)
        {
            using var inner = NewDisposeScope();
            var at = diagonal.Count;
            basis = at < basis.shape[0] ? basis : Grown(basis, steps).MoveToOuterDisposeScope();
            var row = basis.narrow(0, at, 1);
            row.copy_(next / next.norm());
            var product = operation.Apply(row).squeeze(0);
            diagonal.Add(Number(product.dot(row.squeeze(0))));
            var known = basis.narrow(0, 0, at + 1);
            product -= known.t().mv(known.mv(product));
            product -= known.t().mv(known.mv(product)); // twice is enough (Kahan)
            var beta = Number(product.norm());

            var (values, vectors) = Tridiagonal(diagonal, offDiagonal);
            double[] residuals = [.. vectors[at].data<double>().Select(last => beta * Math.Abs(last))];
            bool[] converged = [.. Enumerable.Range(0, Math.Min(count, at + 1)).Select(i => ErrorEstimate(values, residuals, i) <= tolerance * Math.Abs(values[0]))];
            // An invariant subspace is found whole: what is outside it, copies of equal eigenvalues say, needs a new start.
            var invariant = beta <= Rounding(operation.DataType) * values.Max(Math.Abs);
            if (at + 1 == steps || (at + 1 >= count && invariant) || (at + 1 > count && converged.Take(judged ?? count).All(c => c)))
            {
                var found = converged.Length;
                var ritz = vectors.narrow(1, 0, found).t().to(operation.DataType).to(operation.Device).mm(known);
                return new Eigenpairs(values[..found], ritz.MoveToOuterDisposeScope().MoveToOuterDisposeScope(), residuals[..found], converged, at + 1);
            }

            offDiagonal.Add(invariant ? 0 : beta);
            next = (invariant ? Orthogonal(generator, known) : product).MoveToOuterDisposeScope();
        }
    }

    private static double Rounding(ScalarType type) => type == ScalarType.Float64 ? 1e-13 : 1e-6;

    /// <summary>The rows of <paramref name="basis"/>, with room for as many more.</summary>
    private static Tensor Grown(Tensor basis, long most)
    {
        using (basis)
        {
            var rows = basis.shape[0];
            var grown = basis.new_empty([Math.Min(2 * rows, most), basis.shape[1]]);
            grown.narrow(0, 0, rows).copy_(basis);
            return grown;
        }
    }

    private static Tensor Orthogonal(Generator generator, Tensor known)
    {
        var fresh = randn([known.shape[1]], dtype: known.dtype, generator: generator).to(known.device);
        for (var pass = 0; pass < 2; pass++)
        {
            fresh = fresh - known.t().mv(known.mv(fresh));
        }

        return fresh;
    }

    /// <summary>
    /// By how much Ritz value <paramref name="i"/> may be too low: R²/gap, where the gap reaches from it past the first p Ritz values and R² is the sum of
    /// their squared residuals (Li and Li 2005, A note on eigenvalues of perturbed Hermitian matrices), for the best p; never more than its residual. Members of a cluster that are not yet told apart
    /// are thereby known to its width, once the cluster as a whole is.
    /// </summary>
    private static double ErrorEstimate(double[] values, double[] residuals, int i)
    {
        var (least, squares) = (residuals[i], 0.0);
        for (var p = 0; p + 1 < values.Length; p++)
        {
            squares += residuals[p] * residuals[p];
            if (p >= i && values[i] > values[p + 1])
            {
                least = Math.Min(least, squares / (values[i] - values[p + 1]));
            }
        }

        return least;
    }

    private static (double[] Values, Tensor Vectors) Tridiagonal(List<double> diagonal, List<double> offDiagonal)
    {
        var n = diagonal.Count;
        var dense = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            dense[i * n + i] = diagonal[i];
            if (i + 1 < n)
            {
                dense[i * n + i + 1] = dense[(i + 1) * n + i] = offDiagonal[i];
            }
        }

        var (values, vectors) = linalg.eigh(tensor(dense, [n, n]));
        return ([.. values.flip(0).data<double>()], vectors.flip(1));
    }

    private static double Number(Tensor scalar)
    {
        var value = scalar.to(ScalarType.Float64).item<double>();
        return double.IsFinite(value) ? value : throw new ArithmeticException("a product with the matrix is not finite");
    }
}
