using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>
/// P^(−½) A P^(−½) for a diagonal P: symmetric, with the eigenvalues of P⁻¹A, which is not (Cohen 2022, arXiv 2207.14484). A
/// product costs one of A. The eigenvectors of P⁻¹A itself are P^(−½)w.
/// </summary>
/// <param name="operation">A.</param>
/// <param name="preconditioner">The diagonal of P, positive, shape [d]; read at every product.</param>
public sealed class PreconditionedOperator(ILinearOperator operation, Tensor preconditioner) : ILinearOperator
{
    /// <inheritdoc/>
    public long Dimension => operation.Dimension;

    /// <inheritdoc/>
    public ScalarType DataType => operation.DataType;

    /// <inheritdoc/>
    public Device Device => operation.Device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var scale = preconditioner.rsqrt();
        return (operation.Apply(vectors * scale) * scale).MoveToOuterDisposeScope();
    }
}
