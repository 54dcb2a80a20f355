using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The Lanczos method from a random start vector with full reorthogonalization. It uses nothing of earlier steps, so it is the cold start
/// of the <see cref="EigenTracker"/> and its audit.
/// </summary>
/// <remarks>
/// From one start vector it finds an eigenvalue of multiplicity m once (Parlett 1980, The Symmetric Eigenvalue Problem, ch. 13);
/// <see cref="WithCopies"/> looks for the others.
/// </remarks>
public static class Lanczos
{
    private const int MaxMatVecs = 300;

    // Relative to the largest eigenvalue: above the first, no pair has converged; above the second, more products are a waste.
    private const double MaxAsymmetry = 1e-3, HopelessAsymmetry = 1e-2;

    /// <summary>The largest eigenpairs of <paramref name="matrix"/>. Cost: 15–60 HVPs, at most 300.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="count">How many pairs; min(count, d) are returned.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    /// <param name="seed">The seed of the random start vector.</param>
    /// <param name="required">How many of the pairs must converge before it stops; null for all.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public static Eigenpairs Largest(ILinearOperator matrix, int count, double tolerance, long seed = 0, int? required = null)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var steps = (int)Math.Min(MaxMatVecs, matrix.Dimension);
        count = (int)Math.Min(count, matrix.Dimension);
        using var process = new LanczosProcess(matrix);
        var (restarts, start) = (0, process.Random(generator));

        while (true)
        {
            using var inner = NewDisposeScope();
            process.Step(start);
            start?.Dispose();
            var at = process.Steps - 1;
            var (values, vectors) = process.Ritz();
            double[] residuals = [.. vectors[at].data<double>().Select(last => process.Beta * Math.Abs(last))];
            var norm = values.Max(Math.Abs);
            var accepted = Eigenpairs.Accepted(tolerance, values[0], norm, matrix.DataType);
            bool[] converged = [.. Enumerable.Range(0, Math.Min(count, at + 1)).Select(i => ErrorEstimate(values, residuals, i) <= accepted)];
            // The Krylov space is invariant. The rest of the spectrum, such as further copies of a multiple eigenvalue, needs a new start vector.
            var invariant = process.Beta <= Eigenpairs.Rounding(matrix.DataType) * norm;
            // More products with a matrix that is not symmetric would not converge to anything.
            var hopeless = process.Asymmetry > Eigenpairs.Accepted(HopelessAsymmetry, values[0], norm, matrix.DataType);
            if (at + 1 == steps || (at + 1 >= count && invariant) || (at + 1 > count && (hopeless || converged.Take(required ?? count).All(c => c))))
            {
                var found = converged.Length;
                var symmetric = process.Asymmetry <= Eigenpairs.Accepted(MaxAsymmetry, values[0], norm, matrix.DataType);
                var ritz = process.Vectors(vectors.narrow(1, 0, found).t());
                return new Eigenpairs(
                    values[..found],
                    ritz.MoveToOuterDisposeScope().MoveToOuterDisposeScope(),
                    residuals[..found],
                    [.. converged.Select(c => c && symmetric)],
                    at + 1)
                {
                    Asymmetry = process.Asymmetry,
                    Norm = norm,
                    IsComplete = at + 1 == matrix.Dimension || restarts > 0,
                };
            }

            restarts += invariant ? 1 : 0;
            start = invariant ? process.Random(generator).MoveToOuterDisposeScope() : null;
        }
    }

    /// <summary>
    /// The same, and the copies of multiple eigenvalues that one start vector does not find: the found pairs are moved to the lower end of the
    /// spectrum, and the largest eigenvalue of the rest is computed from another start vector, until it is not among the largest any more.
    /// </summary>
    /// <remarks>Cost: 10–20 HVPs more, and as many for each copy; none where the first run met an invariant subspace, since then it has tried
    /// other start vectors already.</remarks>
    /// <inheritdoc cref="Largest"/>
    public static Eigenpairs WithCopies(ILinearOperator matrix, int count, double tolerance, long seed = 0)
    {
        using var scope = NewDisposeScope();
        var pairs = Largest(matrix, count, tolerance, seed);
        for (var copies = 0; copies < count && !pairs.IsComplete && pairs.Values.Count == count && pairs.Converged.All(c => c); copies++)
        {
            var rest = Largest(new DeflatedOperator(matrix, pairs), 1, tolerance, seed + copies + 1);
            var least = pairs.Values[^1] + Eigenpairs.Accepted(tolerance, pairs.Values[0], pairs.Norm, matrix.DataType);
            pairs = (rest.Values[0] > least ? RayleighRitz(matrix, pairs, rest, tolerance) : pairs with { IsComplete = true }) with
            {
                MatVecs = pairs.MatVecs + rest.MatVecs + (rest.Values[0] > least ? count + 1 : 0),
            };
        }

        return pairs.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The largest pairs on the span of some pairs and one more: in a cluster the pairs are not resolved, so that the new value cannot simply be
    /// added. Cost: one HVP for each vector.
    /// </summary>
    private static Eigenpairs RayleighRitz(ILinearOperator matrix, Eigenpairs pairs, Eigenpairs other, double tolerance)
    {
        var count = pairs.Values.Count;
        var basis = linalg.qr(cat([pairs.Vectors, other.Vectors.narrow(0, 0, 1)]).to(ScalarType.Float64).t()).Q.t().to(matrix.DataType).contiguous();
        var products = matrix.Apply(basis);
        var projected = products.mm(basis.t()).to(ScalarType.Float64).cpu();
        var (ascending, columns) = linalg.eigh(projected.Plus(projected.t()) * Scalar(0.5));
        double[] values = [.. ascending.flip(0).narrow(0, 0, count).data<double>()];
        var rotation = columns.t().flip(0).narrow(0, 0, count).to(matrix.DataType).to(matrix.Device);
        var vectors = rotation.mm(basis);
        var scales = tensor(values, dtype: matrix.DataType, device: matrix.Device).unsqueeze(1);
        double[] residuals = [.. (rotation.mm(products) - vectors * scales).norm(1, p: 2f).to(ScalarType.Float64).cpu().data<double>()];
        var accepted = Eigenpairs.Accepted(tolerance, values[0], pairs.Norm, matrix.DataType);
        return pairs with
        {
            Values = values,
            Vectors = vectors,
            Residuals = residuals,
            Converged = [.. Enumerable.Range(0, count).Select(i => ErrorEstimate(values, residuals, i) <= accepted)],
            Asymmetry = Math.Max(pairs.Asymmetry, other.Asymmetry),
        };
    }

    /// <summary>
    /// How much Ritz value <paramref name="i"/> may be too low: at most its residual, and at most R²/gap for every p, where the gap reaches from
    /// it past the first p Ritz values and R² is the sum of their squared residuals (Li and Li 2005, A note on eigenvalues of perturbed Hermitian
    /// matrices). So the values of a cluster converge as soon as the cluster does as a whole, before its members are resolved.
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
}
