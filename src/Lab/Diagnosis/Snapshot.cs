using LossSpikes.Lab.Optimizers;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>A moment of a training, with tensors of its own.</summary>
/// <param name="Step">t, the number of updates that the optimizer has made: the step of the next one.</param>
/// <param name="Point">θ_t, shape [d], in the dtype of the objective.</param>
/// <param name="Buffers">The running statistics of the network, by name.</param>
/// <param name="Optimizer">What the optimizer remembers; empty where nothing is known.</param>
internal sealed record Snapshot(long Step, Tensor Point, IReadOnlyDictionary<string, Tensor> Buffers, OptimizerState Optimizer) : IDisposable
{
    /// <summary>Whether the optimizer's memory is known.</summary>
    public bool HasMemory => Optimizer.ToTensors().Count > 0;

    public void Dispose()
    {
        foreach (var tensor in Buffers.Values.Concat(Optimizer.ToTensors().Values).Prepend(Point))
        {
            tensor.Dispose();
        }
    }
}
