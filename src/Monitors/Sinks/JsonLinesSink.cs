using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Spikes;

namespace LossSpikes.Monitors.Sinks;

/// <summary>events.jsonl: one JSON object per event, on disk when it happens. Numbers that are not finite become null.</summary>
public sealed class JsonLinesSink : IMonitorSink, IDisposable
{
    private readonly LineFile _file;

    /// <summary>Creates the file, which must not exist.</summary>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public JsonLinesSink(string path) => _file = new LineFile(path);

    /// <summary>Does nothing: measurements have a file of their own.</summary>
    public void Record(Measurement measurement)
    {
    }

    /// <inheritdoc/>
    public void Record(MonitorEvent happened) => _file.Append(EventJson.Write(happened));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
