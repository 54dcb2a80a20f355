using System.ComponentModel;
using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>Plain gradient descent.</summary>
[Description("Gradient descent: θ ← θ − η ∇f(θ). On a quadratic it is stable while the sharpness stays below 2/η.")]
internal sealed record GradientDescentSettings : OptimizerSettings
{
    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.GradientDescent(learningRate);

    internal override IOptimizer Create() => new GradientDescent(this);
}

/// <summary>θ ← θ − ηg.</summary>
internal sealed class GradientDescent(GradientDescentSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient) => (gradient, null);
}
