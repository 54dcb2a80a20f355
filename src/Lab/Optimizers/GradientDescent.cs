using LossSpikes.Monitors.Stability;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>θ ← θ − η g.</summary>
internal sealed class GradientDescent(double learningRate) : IOptimizer
{
    public StabilityThreshold Threshold { get; } = StabilityThreshold.GradientDescent(learningRate);

    public Tensor Next(Tensor point, Tensor gradient) => point - learningRate * gradient;
}
