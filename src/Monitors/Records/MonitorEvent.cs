using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors.Records;

/// <summary>Something that happened: one line of events.jsonl.</summary>
/// <param name="Step">The step at which it was known.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(CrossingEvent), "crossing")]
[JsonDerivedType(typeof(SpikeEvent), "spike")]
[JsonDerivedType(typeof(DivergenceEvent), "divergence")]
[JsonDerivedType(typeof(AuditEvent), "audit")]
[JsonDerivedType(typeof(ForecastEvent), "forecast")]
[JsonDerivedType(typeof(ForecastScoredEvent), "forecast_scored")]
[JsonDerivedType(typeof(WarningEvent), "warning")]
public abstract record MonitorEvent([property: JsonPropertyOrder(-1)] long Step)
{
    /// <summary>Whether a person who watches wants to hear of it.</summary>
    [JsonIgnore]
    public virtual bool IsNotable => true;

    /// <summary>The event in one sentence, for people.</summary>
    public abstract string Describe();

    /// <summary>The sentence with its step in front.</summary>
    public string ToDisplayString() => string.Create(CultureInfo.InvariantCulture, $"step {Step}: {Describe()}");
}
