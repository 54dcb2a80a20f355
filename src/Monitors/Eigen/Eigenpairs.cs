using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The largest eigenvalues of a symmetric matrix, largest algebraic first, each with its certificate.</summary>
/// <param name="Values">Ritz values θ₁ ≥ θ₂ ≥ …; each is a lower bound of the eigenvalue of its rank.</param>
/// <param name="Vectors">Unit Ritz vectors as rows, shape [k, d], in the dtype of the operator.</param>
/// <param name="Residuals">|A·v − θ·v|: some eigenvalue lies at most this far from θ.</param>
/// <param name="Converged">Whether the value met the tolerance asked for.</param>
/// <param name="Products">Products with the matrix (HVPs) that were spent.</param>
public sealed record Eigenpairs(
    IReadOnlyList<double> Values, Tensor Vectors, IReadOnlyList<double> Residuals, IReadOnlyList<bool> Converged, int Products) : IDisposable
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
