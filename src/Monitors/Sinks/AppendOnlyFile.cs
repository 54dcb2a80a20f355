using System.Text;

namespace LossSpikes.Monitors;

/// <summary>
/// A file that grows by whole records, such as lines. Each is handed to the system before the next; a record that does not fit is
/// removed again.
/// </summary>
internal sealed class AppendOnlyFile : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Creates the file, which must not exist; or continues one.</summary>
    /// <param name="path">The path.</param>
    /// <param name="keep">The number of bytes that stay; what follows them is removed. Null to create the file.</param>
    /// <exception cref="IOException">The file exists, or is shorter than <paramref name="keep"/>, or cannot be written.</exception>
    public AppendOnlyFile(string path, long? keep)
    {
        _stream = new FileStream(path, keep is null ? FileMode.CreateNew : FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (keep is { } length)
        {
            if (_stream.Length < length)
            {
                _stream.Dispose();
                throw new IOException($"{path} is shorter than the {length} bytes it had");
            }

            _stream.SetLength(length);
            _stream.Position = length;
        }
    }

    /// <summary>Bytes so far.</summary>
    public long Length => _stream.Position;

    /// <summary>Appends one line.</summary>
    /// <exception cref="IOException">It could not be written, because the disk is full, for example; the file is as before.</exception>
    public void Append(string line) => Append(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Appends one record.</summary>
    /// <exception cref="IOException">It could not be written; the file is as before.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        var before = _stream.Position;
        try
        {
            _stream.Write(record);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            // The runtime reports a file that has reached the size limit as an argument out of range.
            _stream.SetLength(before);
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();
}
