using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LossSpikes.Monitors.Stability;

namespace LossSpikes.Lab.Experiments;

/// <summary>An update rule. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(GradientDescentSettings), "gd")]
[JsonDerivedType(typeof(MomentumSettings), "momentum")]
[JsonDerivedType(typeof(EmaMomentumSettings), "ema_momentum")]
[JsonDerivedType(typeof(RmsPropSettings), "rmsprop")]
[JsonDerivedType(typeof(AdamSettings), "adam")]
internal abstract record OptimizerSettings
{
    // Ordered, since the keys of the derived record would come first otherwise.
    [JsonPropertyOrder(-1)]
    [Description("The step size η.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public required double LearningRate { get; init; }

    [JsonPropertyOrder(1)]
    [Description("The coupled weight decay λ, as PyTorch's SGD and Adam have it: the gradient becomes ∇f(θ) + λθ, and λ is added to every eigenvalue of the Hessian.")]
    [Range(0.0, double.MaxValue)]
    public double WeightDecay { get; init; }

    [JsonPropertyOrder(1)]
    [Description("How the step size changes along the run. Empty: it does not.")]
    public ScheduleSettings Schedule { get; init; } = new ConstantSchedule();

    /// <summary>Whether the eigenvalues that count are those of P⁻¹H.</summary>
    // Not public, like the members below, so that it is no key of the file.
    internal virtual bool Preconditioned => false;

    /// <summary>The matrix whose largest eigenvalue counts.</summary>
    internal string Matrix => (Preconditioned, WeightDecay > 0) switch
    {
        (false, false) => "H",
        (false, true) => "H + λI",
        (true, false) => "P⁻¹H",
        (true, true) => "P⁻¹(H + λI)",
    };

    /// <summary>The formula of the threshold, for labels.</summary>
    internal string Formula => ThresholdAt(LearningRate).Formula;

    /// <summary>The threshold of an update with step size <paramref name="learningRate"/>.</summary>
    internal abstract StabilityThreshold ThresholdAt(double learningRate);
}

/// <summary>Plain gradient descent.</summary>
[Description("Gradient descent: θ ← θ − η ∇f(θ). On a quadratic it is stable while the sharpness stays below 2/η.")]
internal sealed record GradientDescentSettings : OptimizerSettings
{
    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.GradientDescent(learningRate);
}

/// <summary>Momentum as torch's SGD has it.</summary>
[Description("Gradient descent with momentum: m ← βm + ∇f(θ), θ ← θ − ηm (Polyak), stable below (2+2β)/η; or θ ← θ − η(∇f(θ) + βm) (Nesterov), stable below (2+2β)/(η(1+2β)).")]
internal sealed record MomentumSettings : OptimizerSettings
{
    [Description("The momentum β: the share of the last step that goes on.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta { get; init; } = 0.9;

    [Description("Nesterov's momentum instead of Polyak's.")]
    public bool Nesterov { get; init; }

    internal override StabilityThreshold ThresholdAt(double learningRate) =>
        Nesterov ? StabilityThreshold.Nesterov(learningRate, Beta) : StabilityThreshold.Momentum(learningRate, Beta);
}

/// <summary>A moving average of gradients, which is Adam without its preconditioner.</summary>
[Description("Gradient descent along an exponential moving average of the gradients: m ← βm + (1−β)∇f(θ), θ ← θ − ηm (PyTorch's SGD with dampening β, whose m starts as the first gradient). Stable below (2+2β)/(η(1−β)).")]
internal sealed record EmaMomentumSettings : OptimizerSettings
{
    [Description("The momentum β, also the dampening.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta { get; init; } = 0.9;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.EmaMomentum(learningRate, Beta);
}

/// <summary>RMSProp.</summary>
[Description("RMSProp: v ← β₂v + (1−β₂)∇f(θ)², θ ← θ − η∇f(θ)/(√v + ε). Stable while the largest eigenvalue of P⁻¹H, P = diag(√v + ε), stays below 2/η.")]
internal sealed record RmsPropSettings : OptimizerSettings
{
    [Description("The decay β₂ of the squared gradients (PyTorch's alpha).")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.99;

    [Description("The ε beside the root.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    internal override bool Preconditioned => true;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.RmsProp(learningRate);
}

/// <summary>Adam.</summary>
[Description("Adam, with bias correction. Stable while the largest eigenvalue of P⁻¹H stays below (2+2β₁)/(η(1−β₁)), which is 38/η at β₁ = 0.9; P is what it divides by.")]
internal sealed record AdamSettings : OptimizerSettings
{
    [Description("The decay β₁ of the gradients.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    [Description("The decay β₂ of the squared gradients.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    [Description("The ε beside the root.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    internal override bool Preconditioned => true;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.Adam(learningRate, Beta1);
}
