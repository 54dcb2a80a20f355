using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>
/// P^(−½) A P^(−½) for a diagonal P: a symmetric matrix with the eigenvalues of P⁻¹A, which is not symmetric (Cohen 2022, arXiv 2207.14484).
/// If w is an eigenvector, P^(−½)w is one of P⁻¹A. Cost of a product: one of A.
/// </summary>
/// <param name="matrix">A.</param>
/// <param name="preconditioner">The diagonal of P, positive, shape [d]; read at every product.</param>
public sealed class PreconditionedOperator(ILinearOperator matrix, Tensor preconditioner) : ILinearOperator
{
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
        var scale = preconditioner.rsqrt();
        return (matrix.Apply(vectors * scale) * scale).MoveToOuterDisposeScope();
    }
}
