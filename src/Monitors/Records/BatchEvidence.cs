using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>
/// What a spike of a mini-batch's loss was examined for, and the evidence that decides its mechanism. "Before" is
/// <see cref="BeforeStep"/>, 16 to 31 steps earlier, at whose parameters the losses were evaluated again.
/// </summary>
public sealed record BatchEvidence
{
    /// <summary>The step that was examined: the opening, or where the loss had at least doubled its rise if that was only the noise of one batch.</summary>
    public required long ExaminedStep { get; init; }

    /// <summary>The robust z-score of the batch's loss at this step, over the losses of the last batches: (L − median)/σ.</summary>
    public required double Score { get; init; }

    /// <summary>The median of those losses.</summary>
    public required double Median { get; init; }

    /// <summary>σ, 1.4826 times the median distance of those above the median.</summary>
    public required double Spread { get; init; }

    /// <summary>The epoch of the batch, from 0, and its place in it; null where batches are drawn with replacement.</summary>
    public long? Epoch { get; init; }

    /// <inheritdoc cref="Epoch"/>
    public long? Batch { get; init; }

    /// <summary>The indices of the examples of the batch.</summary>
    public required IReadOnlyList<long> Examples { get; init; }

    /// <summary>The step before the rise.</summary>
    public required long BeforeStep { get; init; }

    /// <summary>The loss of this batch at the parameters before the rise.</summary>
    public required double ThisBefore { get; init; }

    /// <summary>The score of that loss among other batches at the same parameters: high where the batch was extreme before anything had moved.</summary>
    public required double ScoreBefore { get; init; }

    /// <summary>The median loss of other batches before the rise.</summary>
    public required double OthersBefore { get; init; }

    /// <summary>The median loss of the same batches at the examined step.</summary>
    public required double OthersNow { get; init; }

    /// <summary>How many other batches.</summary>
    public required int Others { get; init; }

    /// <summary>By how much the median of them rose, over the rise of this batch's loss above the median of the last ones.</summary>
    public required double SharedRise { get; init; }

    /// <summary>The highest S/T measured from before to the examined step; the last one measured where there is none.</summary>
    public double? SharpnessRatio { get; init; }

    /// <summary>κ of the update made at the examined step, see <see cref="UpdateCurvature"/>; null where that update does not descend.</summary>
    public double? UpdateCurvature { get; init; }

    /// <summary>The largest η from before to the examined step, over η before.</summary>
    public double? LearningRateRise { get; init; }

    /// <summary>The geometric mean of P at the examined step over that before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PreconditionerChange { get; init; }

    /// <summary>The smallest ratio of that mean from one step to the next: a moving average cannot fall below √β₂ of itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PreconditionerDrop { get; init; }

    /// <summary>The largest root mean square of g/√v̂ over a parameter, from before to the examined step: above 1 where v̂ lags behind g².</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Staleness { get; init; }

    /// <summary>Whether it exceeded 2.3 while the losses were still ordinary; null where it never did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? StaleFirst { get; init; }

    /// <summary>The three parameters in which g/√v̂ is largest at the examined step, largest first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StaleParameter>? StaleParameters { get; init; }

    /// <summary>How long v̂ takes to forget half of what it has seen, ln 2/(1−β₂) steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? HalfLife { get; init; }

    /// <summary>The parameter whose step grew most from before to the examined step, and by which factor.</summary>
    public string? GrownParameter { get; init; }

    /// <inheritdoc cref="GrownParameter"/>
    public double? StepGrowth { get; init; }
}
