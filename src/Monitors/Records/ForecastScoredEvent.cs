using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>
/// The end of a forecast: scored against the event, scored as one that did not come, or withdrawn. Errors are forecast minus actual.
/// </summary>
/// <param name="Step">The step at which the score was known.</param>
/// <param name="Kind">The event that was forecast.</param>
/// <param name="ForecastStep">The step at which the forecast was made.</param>
/// <param name="Expected">The expected step.</param>
public sealed record ForecastScoredEvent(long Step, ForecastKind Kind, long ForecastStep, long Expected) : MonitorEvent(Step)
{
    /// <summary>The actual step; null where the event did not come while the run went on past the range, and where the forecast is withdrawn.</summary>
    public long? Actual { get; init; }

    /// <summary>Why the forecast is not scored: what came before its range had passed. Null for all that are scored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Withdrawn { get; init; }

    /// <summary>The error in steps.</summary>
    public long? ErrorSteps { get; init; }

    /// <summary>Whether the event came between the earliest and the latest step of the forecast.</summary>
    public bool? WithinRange { get; init; }

    /// <summary>For a crossing: the error in steps of the straight line through recent values of S; null where it never reaches T.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ErrorStepsLine { get; init; }

    /// <summary>For a crossing: that of the parabola.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ErrorStepsParabola { get; init; }

    /// <summary>For a spike: |x| at the peak of the loss along the mode that was named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Displacement { get; init; }

    /// <summary>For a spike: the relative error of the displacement.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ErrorDisplacement { get; init; }

    /// <summary>For a spike: that of the closed form.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ErrorDisplacementClosedForm { get; init; }

    /// <summary>For a spike: the relative error of the rise of the loss.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ErrorRise { get; init; }

    /// <inheritdoc/>
    public override string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"forecast of step {ForecastStep}: the {Kind.ToString().ToLowerInvariant()} {(Actual is null ? $"expected at step {Expected} {Missing}" : Came)}");

    private string Missing => Withdrawn is null ? "did not come" : $"is withdrawn: {Withdrawn}";

    private string Came => string.Create(
        CultureInfo.InvariantCulture, $"came at step {Actual}, {Error()}{(ErrorDisplacement is { } e ? $"; |x| {e:+0.0%;-0.0%} off" : "")}");

    private string Error() => ErrorSteps switch
    {
        0 => "to the step",
        1 => "1 step earlier than predicted",
        -1 => "1 step later than predicted",
        > 0 => $"{ErrorSteps} steps earlier than predicted",
        _ => $"{-ErrorSteps} steps later than predicted",
    };
}
