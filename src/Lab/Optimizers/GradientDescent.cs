using LossSpikes.Monitors.Stability;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>θ ← θ − η g.</summary>
internal sealed class GradientDescent(double learningRate) : IOptimizer
{
    private readonly StabilityThreshold _threshold = StabilityThreshold.GradientDescent(learningRate);

    public Update Next(long step, Tensor point, Tensor gradient) => new(point - learningRate * gradient, _threshold);

    public IReadOnlyDictionary<string, Tensor> State { get; } = new Dictionary<string, Tensor>();

    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
    }

    public void Dispose()
    {
    }
}
