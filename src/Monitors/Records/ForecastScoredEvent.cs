using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors.Records;

/// <summary>A forecast beside what happened. Errors are forecast minus actual.</summary>
/// <param name="Step">The step at which it was known.</param>
/// <param name="Kind">What had been forecast.</param>
/// <param name="ForecastStep">When it was said.</param>
/// <param name="Expected">When it should have happened.</param>
public sealed record ForecastScoredEvent(long Step, ForecastKind Kind, long ForecastStep, long Expected) : MonitorEvent(Step)
{
    /// <summary>When it happened; null where it did not come: the run ended, or the next forecast took its place.</summary>
    public long? Actual { get; init; }

    /// <summary>The error in steps.</summary>
    public long? ErrorSteps { get; init; }

    /// <summary>Whether it happened between the earliest and the latest step said.</summary>
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
    public override string Describe() => Actual is null
        ? $"forecast of step {ForecastStep}: the {Kind.ToString().ToLowerInvariant()} expected at step {Expected} did not come"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"forecast of step {ForecastStep}: the {Kind.ToString().ToLowerInvariant()} came at step {Actual}, {Error()}{(ErrorDisplacement is { } e ? $"; |x| {e:+0.0%;-0.0%} off" : "")}");

    private string Error() => ErrorSteps == 0 ? "to the step" : $"{Math.Abs(ErrorSteps!.Value)} step{(Math.Abs(ErrorSteps.Value) == 1 ? "" : "s")} {(ErrorSteps > 0 ? "earlier" : "later")} than said";
}
