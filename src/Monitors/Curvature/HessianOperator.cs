using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>The Hessian of an objective, at the point where its derivatives were evaluated. Cost of a product: one HVP.</summary>
public sealed class HessianOperator(IDerivatives derivatives) : ILinearOperator
{
    /// <inheritdoc/>
    public long Dimension => derivatives.Gradient.shape[0];

    /// <inheritdoc/>
    public ScalarType DataType => derivatives.Gradient.dtype;

    /// <inheritdoc/>
    public Device Device => derivatives.Gradient.device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors) => derivatives.Hvp(vectors);
}
