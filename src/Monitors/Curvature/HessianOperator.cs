using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>The Hessian of an objective at the point of an expansion; one product costs one HVP.</summary>
public sealed class HessianOperator(IExpansion expansion) : ILinearOperator
{
    /// <inheritdoc/>
    public long Dimension => expansion.Gradient.shape[0];

    /// <inheritdoc/>
    public ScalarType DataType => expansion.Gradient.dtype;

    /// <inheritdoc/>
    public Device Device => expansion.Gradient.device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors) => expansion.HessianProduct(vectors);
}
