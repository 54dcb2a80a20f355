using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>The direction in which the sharpness passed the threshold.</summary>
public enum CrossingDirection
{
    /// <summary>From S ≤ T to S &gt; T.</summary>
    Up,

    /// <summary>From S &gt; T to S ≤ T.</summary>
    Down,

    /// <summary>The side changed at five measured steps in a row; no crossing follows until it has stayed the same for ten.</summary>
    Alternating,
}

/// <summary>The first measured step on the other side of the threshold.</summary>
/// <param name="Step">That step.</param>
/// <param name="Direction">Up into instability, down out of it, or alternating.</param>
/// <param name="Sharpness">S at that step.</param>
/// <param name="Threshold">T at that step.</param>
public sealed record CrossingEvent(long Step, CrossingDirection Direction, double Sharpness, double Threshold) : MonitorEvent(Step)
{
    /// <summary>The first of the steps at which the side alternated; null for a single crossing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Since { get; init; }

    /// <inheritdoc/>
    public override string Describe() => Direction == CrossingDirection.Alternating
        ? $"sharpness alternates across the threshold from step {Since} on"
        : string.Create(
        CultureInfo.InvariantCulture,
        $"sharpness {(Direction == CrossingDirection.Up ? "rose above" : "fell below")} the threshold: {Sharpness:G5} against {Threshold:G5}");
}
