namespace LossSpikes.Monitors;

/// <summary>
/// A sink that writes an append-only file and survives a resume: a checkpoint stores the length of the file, and a resumed run
/// truncates the file to it.
/// </summary>
public interface IResumableSink : IMonitorSink, IDisposable
{
    /// <summary>The name of the file in the run folder.</summary>
    string FileName { get; }

    /// <summary>Bytes written so far.</summary>
    long Length { get; }

    /// <summary>Waits until everything is on the disk.</summary>
    /// <exception cref="IOException">The disk is full, or the file is no longer writable.</exception>
    void Flush();
}
