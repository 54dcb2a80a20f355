using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>What the optimizer saw at a step, and the update that it is about to make. Tensors stay the caller's.</summary>
/// <param name="Examples">The indices of the examples of the batch.</param>
/// <param name="Loss">Their mean loss at θ_t.</param>
/// <param name="Gradient">Its gradient, shape [d].</param>
/// <param name="Update">d = θ_{t+1} − θ_t, shape [d].</param>
public sealed record BatchStep(IReadOnlyList<long> Examples, double Loss, Tensor Gradient, Tensor Update);
