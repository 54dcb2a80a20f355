using LossSpikes.Monitors.Records;

namespace LossSpikes.Monitors.Sinks;

/// <summary>events.jsonl: one JSON object per event, on disk when it happens. Numbers that are not finite become null.</summary>
public sealed class JsonLinesSink : IMonitorSink, IDisposable
{
    private readonly AppendOnlyFile _file;

    /// <summary>Creates the file, which must not exist, or goes on with one.</summary>
    /// <param name="path">Where.</param>
    /// <param name="keep">To go on with a file: the number of bytes that stay; null to create it.</param>
    /// <exception cref="IOException">The file exists, or is shorter than what should stay, or cannot be written.</exception>
    public JsonLinesSink(string path, long? keep = null) => _file = new AppendOnlyFile(path, keep);

    /// <summary>Bytes written so far.</summary>
    public long Length => _file.Length;

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush() => _file.Flush();

    /// <summary>Does nothing: measurements have a file of their own.</summary>
    public void Record(Measurement measurement)
    {
    }

    /// <inheritdoc/>
    public void Record(MonitorEvent happened) => _file.Append(EventJson.Write(happened));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
