using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>The negative log-likelihood of the right class under the softmax of the outputs; targets are class numbers, int64, shape [n].</summary>
public sealed class CrossEntropy : ILoss
{
    /// <inheritdoc/>
    public Tensor Sum(Tensor outputs, Tensor targets) => nn.functional.cross_entropy(outputs, targets, reduction: nn.Reduction.Sum);

    /// <inheritdoc/>
    public long? Correct(Tensor outputs, Tensor targets) => outputs.argmax(1).eq(targets).sum().item<long>();

    /// <summary>ln C, the loss of equal outputs, with C the number of classes up to the largest target.</summary>
    public double Scale(Tensor targets)
    {
        using var scope = NewDisposeScope();
        return Math.Log(Math.Max(2, targets.max().to(ScalarType.Int64).item<long>() + 1));
    }
}
