using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>A + λI: the Hessian of f + ½λ|θ|² where A is that of f, as coupled weight decay λ makes it. A product costs one of A.</summary>
public sealed class ShiftedOperator(ILinearOperator operation, double shift) : ILinearOperator
{
    /// <inheritdoc/>
    public long Dimension => operation.Dimension;

    /// <inheritdoc/>
    public ScalarType DataType => operation.DataType;

    /// <inheritdoc/>
    public Device Device => operation.Device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors) => operation.Apply(vectors).add_(vectors, alpha: Scalar(shift));
}
