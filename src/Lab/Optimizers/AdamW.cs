using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>AdamW.</summary>
[Description("Adam with decoupled weight decay λ: θ ← (1−ηλ)θ − ηP⁻¹m. Stable while the largest eigenvalue of P⁻¹H, without λ, stays below "
    + "(1+β₁)(2−ηλ)/((1−β₁)η).")]
internal sealed record AdamWSettings : OptimizerSettings
{
    [Description("The decay β₁ of the gradients.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    [Description("The decay β₂ of the squared gradients.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    [Description("The ε added to the root of the second moment.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    internal override bool Preconditioned => true;

    internal override bool DecouplesDecay => true;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.AdamW(learningRate, WeightDecay, Beta1);

    internal override Descent Create() => new AdamW(this);
}

/// <summary>torch.optim.AdamW: the moments are Adam's, of the gradient without decay.</summary>
internal sealed class AdamW(AdamWSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient) =>
        AdamDirection(step, gradient, (settings.Beta1, settings.Beta2, settings.Epsilon));
}
