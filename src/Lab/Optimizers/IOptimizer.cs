using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>An update rule that knows its own edge of stability.</summary>
internal interface IOptimizer : IDisposable
{
    /// <summary>What it remembers of earlier steps; empty before the first. The tensors stay the optimizer's.</summary>
    OptimizerState State { get; }

    /// <summary>What it measures of its own steps, for the monitor to record.</summary>
    IReadOnlyList<Func<IStepMeasurement>> Measurements => [];

    /// <summary>Continues from a state that was read earlier; the tensors are copied. The count of steps is the caller's.</summary>
    void Restore(OptimizerState state);

    /// <summary>The update made from θ_t: it advances the optimizer's own state to step t. Called once per step.</summary>
    /// <param name="step">t.</param>
    /// <param name="point">θ_t, shape [d]; left as it is.</param>
    /// <param name="gradient">The gradient at θ_t, of all examples or of a batch, shape [d]; left as it is.</param>
    Update Next(long step, Tensor point, Tensor gradient);
}
