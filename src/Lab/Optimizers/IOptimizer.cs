using LossSpikes.Monitors.Stability;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>A full-batch update rule that knows its own edge of stability.</summary>
internal interface IOptimizer
{
    /// <summary>The threshold of the update that is about to be made.</summary>
    StabilityThreshold Threshold { get; }

    /// <summary>θ_{t+1} from θ_t and g(θ_t), all of shape [d]; the arguments are left as they are.</summary>
    Tensor Next(Tensor point, Tensor gradient);
}
