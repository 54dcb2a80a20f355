namespace LossSpikes.Monitors;

/// <summary>events.jsonl: one JSON object per event, written when it happens. Numbers that are not finite become null.</summary>
public sealed class JsonLinesSink : IResumableSink
{
    private readonly string _path;
    private readonly AppendOnlyFile _file;

    /// <summary>Creates the file, which must not exist; or continues one.</summary>
    /// <param name="path">The path.</param>
    /// <param name="keep">To continue a file: the number of bytes that stay; null to create it.</param>
    /// <exception cref="IOException">The file exists, or is shorter than what should stay, or cannot be written.</exception>
    public JsonLinesSink(string path, long? keep = null) => (_path, _file) = (path, new AppendOnlyFile(path, keep));

    /// <inheritdoc/>
    public string FileName => Path.GetFileName(_path);

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <inheritdoc/>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public void Record(MonitorEvent happened) => _file.Append(RecordJson.Write(happened));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
