namespace LossSpikes.Lab.Playground.Live;

/// <summary>A text file that another process appends to, read as it grows: whole lines only, since the last may be half written.</summary>
internal sealed class GrowingFile(string path)
{
    // What comes at once is bounded; the rest comes at the next look.
    private const int LargestPart = 4 << 20;

    private long _read;

    /// <summary>Starts again from the beginning.</summary>
    public void Rewind() => _read = 0;

    /// <summary>The whole lines added since the last call, without their breaks; null where the file has become shorter.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>>? NewLines()
    {
        if (!File.Exists(path))
        {
            return _read == 0 ? [] : null;
        }

        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        if (length < _read)
        {
            return null;
        }

        var bytes = new byte[Math.Min(length - _read, LargestPart)];
        var count = RandomAccess.Read(file, bytes, _read);
        var lines = new List<ReadOnlyMemory<byte>>();
        var begin = 0;
        while (bytes.AsSpan(begin, count - begin).IndexOf((byte)'\n') is >= 0 and var end)
        {
            lines.Add(bytes.AsMemory(begin, end));
            begin += end + 1;
        }

        _read += begin;
        return lines;
    }
}
