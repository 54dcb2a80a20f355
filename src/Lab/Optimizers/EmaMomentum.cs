using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>A moving average of gradients, which is Adam without its preconditioner.</summary>
[Description("Gradient descent along an exponential moving average of the gradients: m ← βm + (1−β)∇f(θ), θ ← θ − ηm "
    + "(PyTorch's SGD with dampening β, whose m starts as the first gradient). Stable below (2+2β)/(η(1−β)).")]
internal sealed record EmaMomentumSettings : OptimizerSettings
{
    [Description("The momentum β, also the dampening.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta { get; init; } = 0.9;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.EmaMomentum(learningRate, Beta);

    internal override IOptimizer Create() => new EmaMomentum(this);
}

/// <summary>m ← βm + (1−β)g, θ ← θ − ηm: torch.optim.SGD with dampening β, which starts from m = g, undampened.</summary>
internal sealed class EmaMomentum(EmaMomentumSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var first = State.FirstMoment is null;
        return (FirstMoment(gradient).mul_(Scalar(settings.Beta)).add_(gradient, alpha: Scalar(first ? 1 : 1 - settings.Beta)), null);
    }
}
