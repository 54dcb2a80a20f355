namespace LossSpikes.Monitors.Sharpness;

/// <summary>The handlers of a monitor's event <c>Spiked</c>, as a sink: one that throws ends all of them with a warning, and training continues.</summary>
internal sealed class SpikedHandlers : IMonitorSink
{
    public event Action<SpikeEvent>? Spiked;

    public void Record(MonitorEvent happened)
    {
        if (happened is SpikeEvent spike)
        {
            Spiked?.Invoke(spike);
        }
    }
}
