namespace LossSpikes.Monitors;

/// <summary>The monitor could not measure something; training continued.</summary>
/// <param name="Step">The step.</param>
/// <param name="Message">What failed, and why.</param>
public sealed record WarningEvent(long Step, string Message) : MonitorEvent(Step)
{
    /// <inheritdoc/>
    public override string Describe() => $"warning: {Message}";
}
