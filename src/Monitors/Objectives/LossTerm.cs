using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>What one evaluation of a part of the objective gives; the parts add up to f.</summary>
/// <param name="Loss">The part's contribution to f, one number, with its graph.</param>
/// <param name="Accuracy">The part's contribution to the accuracy, or null.</param>
public readonly record struct LossTerm(Tensor Loss, double? Accuracy = null);
