namespace LossSpikes.Monitors.Records;

/// <summary>The monitor could not do what it should; training went on.</summary>
/// <param name="Step">The step.</param>
/// <param name="Message">What could not be done, and why.</param>
public sealed record WarningEvent(long Step, string Message) : MonitorEvent(Step)
{
    /// <inheritdoc/>
    public override string Describe() => $"warning: {Message}";
}
