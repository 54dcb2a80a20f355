using System.Text;

namespace LossSpikes.TensorFiles;

/// <summary>
/// Writes a temporary file in the same folder, flushes it to the disk and renames it: at no moment is there half a file under the
/// final name. The temporary file, the name with <c>.partial</c> appended, is deleted when writing fails.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes the bytes that <paramref name="write"/> produces. An existing file is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content into a stream that it does not close.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder must not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var temporary = path + ".partial";
        try
        {
            using (var stream = File.Create(temporary))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark. An existing file is replaced.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})" path="/exception"/>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">The text.</param>
    public static void WriteText(string path, string content) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(content)));

    /// <summary>Copies the bytes of a file. An existing file under the new name is replaced.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})" path="/exception"/>
    /// <param name="from">The file to read.</param>
    /// <param name="to">The file to write; its folder must exist.</param>
    public static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        Write(to, source.CopyTo);
    }
}
