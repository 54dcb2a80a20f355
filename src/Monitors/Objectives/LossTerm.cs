using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>One evaluated term of the objective; the terms add up to f.</summary>
/// <param name="Loss">The part's contribution to f, one number, with its graph.</param>
/// <param name="Accuracy">The part's contribution to the accuracy, or null.</param>
public readonly record struct LossTerm(Tensor Loss, double? Accuracy = null)
{
    /// <summary>
    /// The outputs of the network, with their graph, and the part's contribution to f as a function of them; null where it is not known as one.
    /// </summary>
    internal (Tensor Values, Func<Tensor, Tensor> Loss)? Outputs { get; init; }
}
