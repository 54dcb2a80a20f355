using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>An event: one line of events.jsonl. The attributes are the registry: a new event is one record and its line here.</summary>
/// <param name="Step">The step at which the event was detected.</param>
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
    /// <summary>Whether consoles and pages display it.</summary>
    [JsonIgnore]
    public virtual bool IsNotable => true;

    /// <summary>The event as a sentence.</summary>
    public abstract string Describe();

    /// <summary>The sentence with the step in front.</summary>
    public string ToDisplayString() => string.Create(CultureInfo.InvariantCulture, $"step {Step}: {Describe()}");
}
