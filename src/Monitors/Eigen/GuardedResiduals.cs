using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The residuals of the first Ritz pairs of a basis, split into what lies along guards outside it and the rest. The guards'
/// values, known from before, tell what each part is worth, without a product.
/// </summary>
/// <param name="basis">Holds the pairs.</param>
/// <param name="count">How many of its pairs.</param>
/// <param name="guards">Orthonormal rows beside the basis.</param>
/// <param name="values">Their Rayleigh quotients when they were last seen, largest first.</param>
internal sealed class GuardedResiduals(RitzBasis basis, int count, Tensor guards, IReadOnlyList<double> values) : IDisposable
{
    // Where in the rest of the spectrum a residual may point: a share of the lowest guard's value.
    private const double BulkShare = 0.3;

    private readonly Tensor _residuals = basis.ResidualVectors([.. Enumerable.Range(0, count)]);
    private double[,]? _shares;

    private double[,] Shares => _shares ??= SmallMatrix.Read(_residuals.mm(guards.t()));

    /// <summary>By how much the Ritz value of pair <paramref name="i"/> is too low, to second order: Σ share²/gap over the guards and the rest.</summary>
    public double Error(int i)
    {
        var rest = basis.Residuals[i] * basis.Residuals[i];
        var error = 0.0;
        for (var j = 0; j < values.Count; j++)
        {
            rest -= Shares[i, j] * Shares[i, j];
            error += Part(Math.Abs(Shares[i, j]), basis.Values[i] - values[j]);
        }

        return error + Part(Math.Sqrt(Math.Max(0, rest)), basis.Values[i] - values[^1]);

        static double Part(double share, double gap) => gap > share ? share * share / gap : share;
    }

    /// <summary>
    /// The directions that turn the pairs <paramref name="indices"/> towards their eigenvectors: residuals divided by the gaps to where they point
    /// (Davidson 1975), guards by their own and the rest by one.
    /// </summary>
    public Tensor Corrections(int[] indices)
    {
        using var scope = NewDisposeScope();
        var factors = new double[indices.Length, values.Count];
        for (var row = 0; row < indices.Length; row++)
        {
            var i = indices[row];
            for (var j = 0; j < values.Count; j++)
            {
                var gap = Math.Max(basis.Values[i] - values[j], Math.Abs(Shares[i, j]));
                factors[row, j] = Shares[i, j] * (((basis.Values[i] - (BulkShare * values[^1])) / gap) - 1);
            }
        }

        var residuals = _residuals.index_select(0, tensor(indices.Select(i => (long)i).ToArray(), device: _residuals.device));
        return (residuals + SmallMatrix.Write(factors, residuals).mm(guards)).MoveToOuterDisposeScope();
    }

    public void Dispose() => _residuals.Dispose();
}
