using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>Momentum as torch's SGD has it.</summary>
[Description("Gradient descent with momentum: m ← βm + ∇f(θ), θ ← θ − ηm (Polyak), stable below (2+2β)/η; or θ ← θ − η(∇f(θ) + βm) (Nesterov), "
    + "stable below (2+2β)/(η(1+2β)).")]
internal sealed record MomentumSettings : OptimizerSettings
{
    [Description("The momentum β: the share of the last step that goes on.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta { get; init; } = 0.9;

    [Description("Nesterov's momentum instead of Polyak's.")]
    public bool Nesterov { get; init; }

    internal override StabilityThreshold ThresholdAt(double learningRate) =>
        Nesterov ? StabilityThreshold.Nesterov(learningRate, Beta) : StabilityThreshold.Momentum(learningRate, Beta);

    internal override IOptimizer Create() => new Momentum(this);
}

/// <summary>m ← βm + g, θ ← θ − ηm, or with Nesterov's look ahead θ ← θ − η(g + βm): torch.optim.SGD with momentum and no dampening.</summary>
internal sealed class Momentum(MomentumSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var momentum = FirstMoment(gradient).mul_(Scalar(settings.Beta)).add_(gradient, alpha: Scalar(1));
        return (settings.Nesterov ? gradient.add(momentum, alpha: Scalar(settings.Beta)) : momentum, null);
    }
}
