using LossSpikes.Lab.Optimizers;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>A moment of a training. The tensors stay with whoever made it.</summary>
/// <param name="Step">t, the number of updates that the optimizer has made: the step of the next one.</param>
/// <param name="Point">θ_t, shape [d], in the dtype of the objective.</param>
/// <param name="Buffers">The running statistics of the network, by name.</param>
/// <param name="Optimizer">What the optimizer remembers; empty where nothing is known.</param>
internal sealed record Snapshot(long Step, Tensor Point, IReadOnlyDictionary<string, Tensor> Buffers, OptimizerState Optimizer)
{
    /// <summary>Whether the optimizer's memory is known.</summary>
    public bool HasMemory => Optimizer.ToTensors().Count > 0;
}
