using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>
/// G, the Gauss–Newton part of H = G + R, of a loss on the outputs of a network. It is positive semidefinite where the loss is convex in them.
/// Cost of a product: one or two HVPs.
/// </summary>
/// <exception cref="Autograd.DifferentiationException">By a product: f is not known as a loss of the outputs of a network.</exception>
public sealed class GaussNewtonOperator(IDerivatives derivatives) : ILinearOperator
{
    /// <inheritdoc/>
    public long Dimension => derivatives.Gradient.shape[0];

    /// <inheritdoc/>
    public ScalarType DataType => derivatives.Gradient.dtype;

    /// <inheritdoc/>
    public Device Device => derivatives.Gradient.device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors) => derivatives.GaussNewton(vectors);
}
