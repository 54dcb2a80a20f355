using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>What Adam and AdamW have in common; they differ in the weight decay.</summary>
internal abstract record AdamFamilySettings : OptimizerSettings
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

    internal override double? SecondMomentDecay => Beta2;

    internal override Descent Create() => new Adam(this);
}

/// <summary>Adam.</summary>
[Description("Adam, with bias correction. Stable while the largest eigenvalue of P⁻¹H stays below (2+2β₁)/(η(1−β₁)), which is 38/η at β₁ = 0.9; "
    + "P is what it divides by.")]
internal sealed record AdamSettings : AdamFamilySettings
{
    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.Adam(learningRate, Beta1);
}

/// <summary>torch.optim.Adam and AdamW: moving averages m of g and v of g², both corrected for their start at zero, which P takes in.</summary>
internal sealed class Adam(AdamFamilySettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var first = FirstMoment(gradient).mul_(Scalar(settings.Beta1)).add_(gradient, alpha: Scalar(1 - settings.Beta1));
        var second = SecondMoment(gradient).mul_(Scalar(settings.Beta2)).addcmul_(gradient, gradient, Scalar(1 - settings.Beta2));
        var preconditioner = Preconditioner.Adam(second, step, settings.Beta1, settings.Beta2, settings.Epsilon);
        return (first / preconditioner, preconditioner);
    }
}
