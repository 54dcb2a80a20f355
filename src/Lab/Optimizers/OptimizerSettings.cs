using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;

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
[JsonDerivedType(typeof(AdamWSettings), "adamw")]
internal abstract record OptimizerSettings
{
    // Ordered, since the keys of the derived record would come first otherwise.
    [JsonPropertyOrder(-1)]
    [Description("The step size η.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public required double LearningRate { get; init; }

    [JsonPropertyOrder(1)]
    [Description("The weight decay λ. Coupled, as PyTorch's SGD and Adam have it: the gradient becomes ∇f(θ) + λθ, and λ is added to every "
        + "eigenvalue of the Hessian. adamw decouples it: θ shrinks by ηλθ at each step, and the threshold is lower.")]
    [Range(0.0, double.MaxValue)]
    public double WeightDecay { get; init; }

    [JsonPropertyOrder(1)]
    [Description("The largest norm c of a gradient: a longer one is scaled to this norm (PyTorch's clip_grad_norm_), and the threshold of that step is "
        + "|g|/c times higher. Empty: gradients are not clipped.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Clip { get; init; }

    [JsonPropertyOrder(1)]
    [Description("Groups of parameters with settings of their own. A parameter belongs to the first group whose pattern matches its name; the "
        + "others have the settings of the optimizer.")]
    public IReadOnlyList<GroupSettings> Groups { get; init; } = [];

    [JsonPropertyOrder(1)]
    [Description("Examples in a mini-batch. Empty: every step sees all examples. The last batch of an epoch has the examples that are left.")]
    [Range(1, 100_000_000)]
    public int? Batch { get; init; }

    [JsonPropertyOrder(1)]
    [Description("How mini-batches are drawn. shuffle: each epoch in a random order of its own, by the seed; with_replacement: every example of a batch "
        + "from all examples; sequential: in the order of the data.")]
    public BatchOrder Order { get; init; }

    [JsonPropertyOrder(1)]
    [Description("How the step size changes along the run. Empty: it does not.")]
    public ScheduleSettings Schedule { get; init; } = new ConstantSchedule();

    /// <summary>Whether the eigenvalues that count are those of P⁻¹H.</summary>
    // Not public, like the members below, so that it is no key of the file.
    internal virtual bool Preconditioned => false;

    /// <summary>Whether the weight decay is decoupled from the gradient.</summary>
    internal virtual bool DecouplesDecay => false;

    /// <summary>β₂, the share of v that the preconditioner keeps from step to step; null without one.</summary>
    internal virtual double? SecondMomentDecay => null;

    /// <summary>How the threshold follows from the settings, for labels: <c>2/η</c>.</summary>
    internal string Formula => ThresholdAt(LearningRate).Formula;

    /// <summary>The matrix whose largest eigenvalue counts.</summary>
    internal string Matrix
    {
        get
        {
            var hessian = !DecouplesDecay && (WeightDecay > 0 || Groups.Any(group => group.WeightDecay > 0)) ? "H + λI" : "H";
            var scale = $"{(Groups.Count > 0 ? "Λ" : "")}{(Preconditioned ? "P⁻¹" : "")}";
            return scale.Length == 0 || hessian == "H" ? scale + hessian : $"{scale}({hessian})";
        }
    }

    /// <summary>The step size η_t of the update made from θ_t.</summary>
    /// <param name="step">t.</param>
    internal double LearningRateAt(long step) => Schedule.At(step, LearningRate);

    /// <summary>The threshold of an update with step size <paramref name="learningRate"/>.</summary>
    internal abstract StabilityThreshold ThresholdAt(double learningRate);

    /// <summary>The update rule, before its first step.</summary>
    /// <param name="objective">What it will minimize: the names of its parameters define the groups.</param>
    /// <exception cref="InputException">A group has no parameter.</exception>
    internal IOptimizer Create(IObjective objective)
    {
        var optimizer = Create();
        optimizer.Groups = ParameterGroups.Of(this, objective.Parts);
        return optimizer;
    }

    /// <summary>The update rule, before its first step, for parameters of one group.</summary>
    internal abstract Descent Create();
}
