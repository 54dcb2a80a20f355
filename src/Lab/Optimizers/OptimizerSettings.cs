using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Optimizers;

/// <summary>
/// The keys of an update rule, which create it. This list is the registry of optimizers: a new one is a file of its own, with its
/// settings and its rule, and a line here.
/// </summary>
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
    [Description("The coupled weight decay λ, as PyTorch's SGD and Adam have it: the gradient becomes ∇f(θ) + λθ, "
        + "and λ is added to every eigenvalue of the Hessian.")]
    [Range(0.0, double.MaxValue)]
    public double WeightDecay { get; init; }

    [JsonPropertyOrder(1)]
    [Description("How the step size changes along the run. Empty: it does not.")]
    public ScheduleSettings Schedule { get; init; } = new ConstantSchedule();

    /// <summary>Whether the eigenvalues that count are those of P⁻¹H.</summary>
    // Not public, like the members below, so that it is no key of the file.
    internal virtual bool Preconditioned => false;

    /// <summary>How the threshold follows from the settings, for labels: <c>2/η</c>.</summary>
    internal string Formula => ThresholdAt(LearningRate).Formula;

    /// <summary>The matrix whose largest eigenvalue counts.</summary>
    internal string Matrix => (Preconditioned, WeightDecay > 0) switch
    {
        (false, false) => "H",
        (false, true) => "H + λI",
        (true, false) => "P⁻¹H",
        (true, true) => "P⁻¹(H + λI)",
    };

    /// <summary>The step size η_t of the update made from θ_t.</summary>
    /// <param name="step">t.</param>
    internal double LearningRateAt(long step) => Schedule.At(step, LearningRate);

    /// <summary>The threshold of an update with step size <paramref name="learningRate"/>.</summary>
    internal abstract StabilityThreshold ThresholdAt(double learningRate);

    /// <summary>The update rule, before its first step.</summary>
    internal abstract IOptimizer Create();
}
