using LossSpikes.Monitors.Records;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>A sink that keeps everything.</summary>
internal sealed class Recorder : IMonitorSink
{
    public List<Measurement> Measurements { get; } = [];

    public List<MonitorEvent> Events { get; } = [];

    public IEnumerable<SpikeEvent> Spikes => Events.OfType<SpikeEvent>();

    public void Record(Measurement measurement) => Measurements.Add(measurement);

    public void Record(MonitorEvent happened) => Events.Add(happened);
}
