using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>½ Σ over outputs of squared errors (<c>mse</c>).</summary>
/// <param name="classes">Whether targets of more than one output are one-hot classes, so that there is an accuracy.</param>
public sealed class SquaredError(bool classes = true) : ILoss
{
    /// <inheritdoc/>
    public Tensor Sum(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return ((outputs - targets).Squared().sum() * Scalar(0.5)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public double? Correct(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return classes && outputs.dim() == 2 && outputs.shape[1] > 1 ? outputs.argmax(1).eq(targets.argmax(1)).sum().item<long>() : null;
    }

    /// <summary>½ mean |y|², the loss of outputs that are 0.</summary>
    public double Scale(Tensor targets)
    {
        using var scope = NewDisposeScope();
        return targets.to(ScalarType.Float64).Squared().sum().item<double>() / (2 * targets.shape[0]);
    }
}
