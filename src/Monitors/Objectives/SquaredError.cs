using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>½ Σ over outputs of squared errors (<c>mse</c>); with more than one output, targets are read as one-hot classes.</summary>
public sealed class SquaredError : ILoss
{
    /// <inheritdoc/>
    public Tensor Sum(Tensor outputs, Tensor targets) => (outputs - targets).square().sum() * 0.5;

    /// <inheritdoc/>
    public long? Correct(Tensor outputs, Tensor targets) =>
        outputs.dim() == 2 && outputs.shape[1] > 1 ? outputs.argmax(1).eq(targets.argmax(1)).sum().item<long>() : null;
}
