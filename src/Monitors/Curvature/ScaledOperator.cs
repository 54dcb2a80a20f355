using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>
/// E·A·E for a diagonal E. With E = P^(−½) it is a symmetric matrix with the eigenvalues of P⁻¹A, which is not symmetric (Cohen 2022,
/// arXiv 2207.14484); if w is an eigenvector, E·w is one of P⁻¹A. Cost of a product: one of A.
/// </summary>
/// <param name="matrix">A.</param>
/// <param name="scale">The diagonal of E, not negative, shape [d].</param>
public sealed class ScaledOperator(ILinearOperator matrix, Tensor scale) : ILinearOperator
{
    /// <summary>The diagonal of E, shape [d]; the caller's.</summary>
    public Tensor Scale { get; } = scale;

    /// <inheritdoc/>
    public long Dimension => matrix.Dimension;

    /// <inheritdoc/>
    public ScalarType DataType => matrix.DataType;

    /// <inheritdoc/>
    public Device Device => matrix.Device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        return (matrix.Apply(vectors * Scale) * Scale).MoveToOuterDisposeScope();
    }
}
