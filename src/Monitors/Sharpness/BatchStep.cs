using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>What the optimizer saw at a step of mini-batches. Tensors stay the caller's.</summary>
/// <param name="Examples">The indices of the examples of the batch.</param>
/// <param name="Loss">Their mean loss at θ_t.</param>
/// <param name="Gradient">Its gradient, shape [d].</param>
public sealed record BatchStep(IReadOnlyList<long> Examples, double Loss, Tensor Gradient);
