using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>The event that is forecast.</summary>
public enum ForecastKind
{
    /// <summary>The first step with the sharpness above the threshold.</summary>
    Crossing,

    /// <summary>The step of the highest loss of the next spike.</summary>
    Spike,
}

/// <summary>A forecast of an event, recorded before the event.</summary>
/// <param name="Step">The step at which the forecast was made.</param>
/// <param name="Kind">The event.</param>
public sealed record ForecastEvent(long Step, ForecastKind Kind) : MonitorEvent(Step)
{
    /// <summary>The expected step; null where the theory gives none, for the reason in <see cref="Why"/>.</summary>
    public long? Expected { get; init; }

    /// <summary>The earliest step among the ways of extrapolating.</summary>
    public long? Earliest { get; init; }

    /// <summary>The latest.</summary>
    public long? Latest { get; init; }

    /// <summary>For a crossing: the step at which the straight line through recent values of S crosses.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Line { get; init; }

    /// <summary>For a crossing: the step at which the parabola through recent values of S crosses.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Parabola { get; init; }

    /// <summary>For a spike: which mode bursts, by its place among the eigenvalues, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Rank { get; init; }

    /// <summary>For a spike: the number of that mode, which stays with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Mode { get; init; }

    /// <summary>For a spike: the largest displacement |x|.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Displacement { get; init; }

    /// <summary>For a spike: the same from the conserved quantity of the flow, the closed form.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DisplacementClosedForm { get; init; }

    /// <summary>For a spike: the rise of the loss, ½Tx².</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Rise { get; init; }

    /// <summary>Why there is no number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Why { get; init; }

    /// <inheritdoc/>
    public override string Describe() => (Kind, Expected) switch
    {
        (_, null) => $"forecast: mode {Rank} has begun to oscillate, but {Why}",
        (ForecastKind.Crossing, _) => Invariant($"forecast: the sharpness will pass the threshold at step {Expected} ({Earliest}–{Latest})"),
        _ => Invariant(
            $"forecast: a spike along mode {Rank} will peak at step {Expected} ({Earliest}–{Latest}) with |x| = {Displacement:G3}, loss +{Rise:G3}"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
