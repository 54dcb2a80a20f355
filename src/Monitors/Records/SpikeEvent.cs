using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>What was behind a rise of the loss.</summary>
public enum SpikeKind
{
    /// <summary>The sharpness was above the threshold at a measured step between the last spike and the opening.</summary>
    Instability,

    /// <summary>It was measured, and never above: momentum passing a minimum, noise, changed data.</summary>
    Rise,

    /// <summary>It was not measured.</summary>
    Unmeasured,
}

/// <summary>How a spike ended.</summary>
public enum SpikeOutcome
{
    /// <summary>The envelope of the loss returned to within min_rise of the onset.</summary>
    Recovered,

    /// <summary>It came down by more than min_rise, and rose again by as much before it was back: the next spike begins in the valley.</summary>
    Partial,

    /// <summary>The spike was open for more than max_open steps without coming down.</summary>
    Sustained,

    /// <summary>The loss became non-finite or passed the divergence bound.</summary>
    Diverged,

    /// <summary>The run ended before the spike did.</summary>
    Unfinished,
}

/// <summary>
/// One spike of the loss, recorded when it ends. "Measured" means at steps where the curvature was measured; values at a step
/// that was not are null.
/// </summary>
public sealed record SpikeEvent(long Step) : MonitorEvent(Step)
{
    /// <summary>1, 2, 3, … in the order of opening.</summary>
    public required int Id { get; init; }

    /// <summary>What was behind it. Only instabilities are spikes in the sense of this lab; the others are listed apart.</summary>
    // Not required: earlier versions wrote spikes without it.
    public SpikeKind Kind { get; init; }

    /// <summary>Whether it counts as a spike: <see cref="SpikeKind.Instability"/>.</summary>
    [JsonIgnore]
    public bool IsInstability => Kind == SpikeKind.Instability;

    /// <summary>How it ended.</summary>
    public required SpikeOutcome Outcome { get; init; }

    /// <summary>b, the step at which the envelope max(L_(t−1), L_t) was lowest since the last spike ended (or the start).</summary>
    public required long OnsetStep { get; init; }

    /// <summary>The first step whose envelope is more than min_rise above that of the onset.</summary>
    public required long OpenStep { get; init; }

    /// <summary>The step of the highest loss from the opening on, until the envelope has come down.</summary>
    public required long PeakStep { get; init; }

    /// <summary>The step at which it ended; for a partial spike the valley, which is earlier than <see cref="MonitorEvent.Step"/>.</summary>
    public required long EndStep { get; init; }

    /// <summary>The loss at the onset.</summary>
    public required double OnsetLoss { get; init; }

    /// <summary>The loss at the peak.</summary>
    public required double PeakLoss { get; init; }

    /// <summary>peak / onset; null unless both are positive.</summary>
    public required double? Rise { get; init; }

    /// <summary>T at the opening.</summary>
    public required double Threshold { get; init; }

    /// <summary>S at the onset.</summary>
    public double? SharpnessAtOnset { get; init; }

    /// <summary>The highest S measured from onset to end.</summary>
    public double? SharpnessPeak { get; init; }

    /// <summary>The step of that measurement, the earlier on a tie.</summary>
    public long? SharpnessPeakStep { get; init; }

    /// <summary>S at the end.</summary>
    public double? SharpnessAtEnd { get; init; }

    /// <summary>The first measured step with S &gt; T after the end of the last spike (from the start for the first), up to this one's end.</summary>
    public long? FirstStepAboveThreshold { get; init; }

    /// <summary>λ₂ at the peak.</summary>
    [JsonPropertyName("lambda_2_at_peak")]
    public double? Lambda2AtPeak { get; init; }

    /// <summary>|g·v_i|²/|g|² at the peak for every reported i: the eigenvector that oscillates need not be the top one there.</summary>
    public IReadOnlyList<double>? GradientShare { get; init; }

    /// <summary>The largest residual measured from onset to end.</summary>
    public double? ResidualMax { get; init; }

    /// <summary>Hessian–vector products spent from onset to end.</summary>
    public required long Hvps { get; init; }

    /// <summary>The working precision: <c>float32</c> or <c>float64</c>.</summary>
    public required string Dtype { get; init; }

    /// <summary>What it means for the one who trains, in a few words.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>Whether it is higher than those before it, so that the series grows: <see cref="Meaning"/> says so.</summary>
    [JsonIgnore]
    public bool Grows => Meaning.StartsWith(Growing, StringComparison.Ordinal);

    /// <summary>The period of a ripple of momentum, in steps; null for anything else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Period { get; init; }

    /// <summary>
    /// The mechanism; a ripple of momentum is recognized always. Else this member and all that follow are present only where explanations are
    /// on; a number that the theory cannot give is missing, and <see cref="LeftOut"/> says why.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Mechanism? Mechanism { get; init; }

    /// <summary>What led to a divergence: the mechanism it would have had if the loss had come down; null for anything else and where unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Mechanism? Cause { get; init; }

    /// <summary>The perturbation that the oscillation grew from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PerturbationSource? Seed { get; init; }

    /// <summary>
    /// Σ ln|1 − ηS| from the end of the last spike (or the start) to the crossing: the logarithm of the factor by which the displacement
    /// along u had shrunk.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LogContraction { get; init; }

    /// <summary>The step at which the sharpness last rose above the threshold after a calm, before the opening.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CrossingStep { get; init; }

    /// <summary>
    /// Growth of the gradient's oscillation per step, in the space of the eigenvectors above T, from where it left the noise to the opening, and the
    /// mean of |1 − ηλ| over the same steps.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeasuredVsPredicted? GrowthPerStep { get; init; }

    /// <summary>Change of S from the crossing to the top of y, where |x| reaches δ, and Ση(α − ½βx²) over the same steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeasuredVsPredicted? SharpnessChange { get; init; }

    /// <summary>Rise of the loss from the onset to the peak, and Σ½λx² at the peak.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeasuredVsPredicted? Height { get; init; }

    /// <summary>
    /// The mean cosine between −∇S⊥ and the motion orthogonal to u, over the steps whose oscillation is at least half of the peak's: those
    /// that ended it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Alignment { get; init; }

    /// <summary>The evidence for the mechanism.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MechanismEvidence? Evidence { get; init; }

    /// <summary>With mini-batches: the batch at which it opened, and what it was examined for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BatchEvidence? Batch { get; init; }

    /// <summary>Where layers are measured: which of them it began in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LayerEvidence? Layers { get; init; }

    /// <summary>The numbers that could not be given, each with its reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? LeftOut { get; init; }

    /// <inheritdoc/>
    public override string Describe() => Batch is not null ? BatchSpikeSentence.Of(this, Batch) : Evidence is not null ? SpikeSentence.Of(this) : string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} (steps {OnsetStep}–{EndStep}, {Outcome.ToString().ToLowerInvariant()}): loss {Size} at step {PeakStep}"
        + $"{(SharpnessPeak is { } peak && double.IsFinite(Threshold) ? $"; sharpness peaked at {peak:G4}, {peak / Threshold:G4} of the threshold" : "")}"
        + $"{Ending}");

    /// <summary>How <see cref="Meaning"/> begins where the series grows.</summary>
    internal const string Growing = "grows from spike to spike";

    /// <summary>What the sentences end with.</summary>
    internal string Ending => (Layers is null ? "" : $"; {Layers.Describe()}") + (Meaning.Length > 0 ? $"; {Meaning}" : "");

    /// <summary>What it is called in sentences: only an instability is a spike.</summary>
    internal string Name => Kind switch
    {
        SpikeKind.Instability => string.Create(CultureInfo.InvariantCulture, $"spike {Id}"),
        SpikeKind.Rise => string.Create(CultureInfo.InvariantCulture, $"rise {Id}, no instability"),
        _ => string.Create(CultureInfo.InvariantCulture, $"rise {Id}, not measured"),
    };

    /// <summary>How high it was: a factor, or the two losses where they have none.</summary>
    internal string Size => Rise is { } rise
        ? string.Create(CultureInfo.InvariantCulture, $"×{rise:G4}")
        : string.Create(CultureInfo.InvariantCulture, $"{OnsetLoss:G4} → {PeakLoss:G4}");
}
