using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// The negative log-likelihood of the right class under the softmax of the outputs. Outputs have the shape [n, C], targets are class numbers,
/// int64, shape [n]. With a class at each of T positions they are [n, T, C] and [n, T], and the loss of an example is the mean over its positions.
/// </summary>
public sealed class CrossEntropy : ILoss
{
    /// <inheritdoc/>
    public Tensor Sum(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var sum = nn.functional.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction: nn.Reduction.Sum);
        return (sum / Scalar(Positions(targets))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public double? Correct(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return outputs.argmax(-1).eq(targets).sum().item<long>() / Positions(targets);
    }

    /// <summary>ln C, the loss of equal outputs, with C the number of classes up to the largest target.</summary>
    public double Scale(Tensor targets)
    {
        using var scope = NewDisposeScope();
        return Math.Log(Math.Max(2, targets.max().to(ScalarType.Int64).item<long>() + 1));
    }

    private static double Positions(Tensor targets) => (double)targets.numel() / targets.shape[0];
}
