using LossSpikes.Monitors;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>A sink that keeps everything.</summary>
internal sealed class Recorder : IMonitorSink
{
    public List<Measurement> Measurements { get; } = [];

    public List<MonitorEvent> Events { get; } = [];

    /// <summary>The sentences of all warnings, in order.</summary>
    public IEnumerable<string> Warnings => Events.OfType<WarningEvent>().Select(w => w.Message);

    public IEnumerable<SpikeEvent> Spikes => Events.OfType<SpikeEvent>();

    /// <summary>The columns that the monitor announced; null before its first step.</summary>
    public MeasurementSchema? Schema { get; private set; }

    public void Begin(MeasurementSchema schema) => Schema = schema;

    public void Record(Measurement measurement) => Measurements.Add(measurement);

    public void Record(MonitorEvent happened) => Events.Add(happened);
}
