using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>RMSProp.</summary>
[Description("RMSProp: v ← β₂v + (1−β₂)∇f(θ)², θ ← θ − η∇f(θ)/(√v + ε). Stable while the largest eigenvalue of P⁻¹H, P = diag(√v + ε), stays below 2/η.")]
internal sealed record RmsPropSettings : OptimizerSettings
{
    [Description("The decay β₂ of the squared gradients (PyTorch's alpha).")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.99;

    [Description("The ε added to the root of the second moment.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    internal override bool Preconditioned => true;

    internal override double? SecondMomentDecay => Beta2;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.RmsProp(learningRate);

    internal override Descent Create() => new RmsProp(this);
}

/// <summary>v ← β₂v + (1−β₂)g², θ ← θ − ηg/(√v + ε): torch.optim.RMSprop, neither centred nor with momentum.</summary>
internal sealed class RmsProp(RmsPropSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var second = SecondMoment(gradient).mul_(Scalar(settings.Beta2)).addcmul_(gradient, gradient, Scalar(1 - settings.Beta2));
        var preconditioner = Preconditioner.RmsProp(second, settings.Epsilon);
        return (gradient / preconditioner, preconditioner);
    }
}
