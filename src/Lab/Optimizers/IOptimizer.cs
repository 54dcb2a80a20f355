using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>A full-batch update rule that knows its own edge of stability.</summary>
internal interface IOptimizer : IDisposable
{
    /// <summary>
    /// The update made from θ_t: it advances the optimizer's own state (momentum, second moments) to step t. Called once per step.
    /// </summary>
    /// <param name="step">t.</param>
    /// <param name="point">θ_t, shape [d]; left as it is.</param>
    /// <param name="gradient">g(θ_t), shape [d]; left as it is.</param>
    Update Next(long step, Tensor point, Tensor gradient);

    /// <summary>What the next update needs of the past ones, by name; owned by the optimizer.</summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied.</summary>
    void Restore(IReadOnlyDictionary<string, Tensor> state);
}
