using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>The direction in which the sharpness passed the threshold.</summary>
public enum CrossingDirection
{
    /// <summary>From S ≤ T to S &gt; T.</summary>
    Up,

    /// <summary>From S &gt; T to S ≤ T.</summary>
    Down,
}

/// <summary>The first measured step on the other side of the threshold.</summary>
/// <param name="Step">That step.</param>
/// <param name="Direction">Up into instability, or down out of it.</param>
/// <param name="Sharpness">S at that step.</param>
/// <param name="Threshold">T at that step.</param>
public sealed record CrossingEvent(long Step, CrossingDirection Direction, double Sharpness, double Threshold) : MonitorEvent(Step)
{
    /// <inheritdoc/>
    public override string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"sharpness {(Direction == CrossingDirection.Up ? "rose above" : "fell below")} the threshold: {Sharpness:G5} against {Threshold:G5}");
}
