using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>−A: its largest eigenvalues are the smallest ones of A, negated. Cost of a product: one of A.</summary>
/// <param name="matrix">A.</param>
public sealed class NegatedOperator(ILinearOperator matrix) : ILinearOperator
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
        return matrix.Apply(vectors).negative().MoveToOuterDisposeScope();
    }
}
