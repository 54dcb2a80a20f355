using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>A + λI: the Hessian of f + ½λ|θ|², where A is that of f and λ is coupled weight decay. Cost of a product: one of A.</summary>
/// <param name="matrix">A.</param>
/// <param name="shift">λ.</param>
public sealed class ShiftedOperator(ILinearOperator matrix, double shift) : ILinearOperator
{
    /// <inheritdoc/>
    public long Dimension => matrix.Dimension;

    /// <inheritdoc/>
    public ScalarType DataType => matrix.DataType;

    /// <inheritdoc/>
    public Device Device => matrix.Device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors) => matrix.Apply(vectors).add_(vectors, alpha: Scalar(shift));
}
