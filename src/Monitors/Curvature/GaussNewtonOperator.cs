using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>
/// The Gauss–Newton matrix G = Jᵀ H_L J of a network's full-batch loss at the network's current parameters: J the Jacobian of
/// the outputs, H_L the Hessian of the loss with respect to them (Schraudolph 2002). G is what remains of the Hessian
/// where the outputs are linear in the parameters. One product costs about three gradients.
/// </summary>
public sealed class GaussNewtonOperator(FullBatch batch) : ILinearOperator
{
    private readonly Tensor[] _parameters = batch.Parameters;

    /// <inheritdoc/>
    public long Dimension => _parameters.Sum(p => p.numel());

    /// <inheritdoc/>
    public ScalarType DataType => _parameters[0].dtype;

    /// <inheritdoc/>
    public Device Device => _parameters[0].device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var result = zeros_like(vectors);
        foreach (var evaluate in batch.Parts)
        {
            using var inner = NewDisposeScope();
            var (outputs, targets) = evaluate();

            // J·v without forward mode: w = Jᵀp is linear in a dummy p, and its derivative along v is J·v (Townsend's trick).
            var dummy = zeros_like(outputs).requires_grad_();
            var w = Differentiation.Differentiate([outputs], _parameters, [dummy], differentiable: true);
            var free = outputs.detach().requires_grad_();
            var lossGradient = Differentiation.Differentiate([batch.Loss(free, targets)], [free], differentiable: true);
            for (long row = 0; row < vectors.shape[0]; row++)
            {
                var jv = Differentiation.Differentiate(w, [dummy], FlatVector.Split(vectors[row], _parameters), keepGraph: true);
                var hjv = Differentiation.Differentiate(lossGradient, [free], jv, keepGraph: true);
                result[row].add_(FlatVector.Join(Differentiation.Differentiate([outputs], _parameters, hjv, keepGraph: true)));
            }
        }

        return result.MoveToOuterDisposeScope();
    }
}
