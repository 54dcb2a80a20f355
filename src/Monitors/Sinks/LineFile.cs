using System.Text;

namespace LossSpikes.Monitors.Sinks;

/// <summary>A text file that grows by whole lines, each on disk before the next; a line that does not fit leaves no half behind.</summary>
internal sealed class LineFile : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Creates the file; it must not exist.</summary>
    public LineFile(string path) =>
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Appends one line.</summary>
    /// <exception cref="IOException">It could not be written, for want of space say; the file is as before.</exception>
    public void Append(string line)
    {
        var before = _stream.Position;
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            // The runtime reports a file that has reached the size limit as an argument out of range.
            _stream.SetLength(before);
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();
}
