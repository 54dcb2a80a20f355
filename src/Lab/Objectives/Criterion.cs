using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>Losses of a network.</summary>
internal enum LossFunction
{
    Mse,
    CrossEntropy,
    Logistic,
}

/// <summary>A loss, and the targets in the form it compares with.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Targets">What it compares outputs with, a tensor of its own.</param>
/// <param name="Outputs">How many outputs it takes of the network.</param>
internal sealed record Criterion(ILoss Loss, Tensor Targets, long Outputs)
{
    /// <summary>The criterion for learning <paramref name="data"/> by <paramref name="loss"/>.</summary>
    /// <exception cref="InputException">They do not go together.</exception>
    public static Criterion Create(LossFunction loss, DataSet data, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        if (data.Classes is not null && data.Targets.dim() > 1 && loss != LossFunction.CrossEntropy)
        {
            throw new InputException("objective.loss: the targets of these data are classes, one at each position; use cross_entropy");
        }

        var (function, targets, outputs) = (loss, data.Classes) switch
        {
            (LossFunction.Mse, null) => (new SquaredError(classes: false), data.Targets.to(type).flatten(1), data.Targets.flatten(1).shape[1]),
            (LossFunction.Mse, { } classes) => (new SquaredError(), nn.functional.one_hot(data.Targets, classes).to(type), classes),
            (LossFunction.CrossEntropy, { } classes) => (new CrossEntropy(), data.Targets, classes),
            (LossFunction.Logistic, 2) => ((ILoss)new Logistic(), data.Targets.to(type).unsqueeze(1), 1L),
            (LossFunction.Logistic, { } classes) => throw new InputException(
                $"objective.loss: logistic takes two classes, but the data have {classes}; use cross_entropy, or keep two with `classes`"),
            _ => throw new InputException("objective.loss: the targets of these data are numbers, not classes; use mse"),
        };
        return new Criterion(function, targets.to(device).clone().MoveToOuterDisposeScope(), outputs);
    }
}
