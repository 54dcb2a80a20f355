using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// The negative log-likelihood of two classes under the sigmoid of one output, shape [n, 1]; targets are 0 or 1, in the dtype and
/// the shape of the outputs.
/// </summary>
public sealed class Logistic : ILoss
{
    /// <inheritdoc/>
    public Tensor Sum(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        // softplus would cut the curvature off at outputs of 20, logsigmoid does not.
        return (-nn.functional.logsigmoid(outputs * (targets * Scalar(2) - Scalar(1))).sum()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public double? Correct(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return (outputs > Scalar(0)).eq(targets > Scalar(0.5)).sum().item<long>();
    }

    /// <summary>ln 2, the loss of outputs that are 0.</summary>
    public double Scale(Tensor targets) => Math.Log(2);
}
