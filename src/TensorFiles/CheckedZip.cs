using System.IO.Compression;
using System.IO.Hashing;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;

namespace LossSpikes.TensorFiles;

/// <summary>A zip archive from an untrusted source: opening it checks what it claims, and only what has the right checksum is handed out.</summary>
internal sealed class CheckedZip : IDisposable
{
    private const int MostEntries = 200_000;

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Opens an archive; the stream stays the caller's.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or claims what no such archive does; the message is one sentence about "it".</exception>
    public CheckedZip(Stream stream, ByteBudget budget)
    {
        _zip = Guarded(() => new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true));
        var entries = Guarded(() => _zip.Entries);
        if (entries.Count is 0 or > MostEntries)
        {
            throw new InvalidDataException($"it is a zip archive of {entries.Count} entries, and 1 to {MostEntries} are read");
        }

        foreach (var entry in entries)
        {
            Admit(entry, budget);
        }

        Names = [.. entries.Select(e => e.FullName)];
    }

    /// <summary>The names of the entries, in the order of the archive.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether there is an entry.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>How many bytes an entry has, unpacked; null where it is not there.</summary>
    public long? LengthOf(string name) => _entries.GetValueOrDefault(name)?.Length;

    /// <summary>Unpacks an entry that is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="read">Reads it to its end, and hands all bytes it has read to its second argument, for the checksum.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public void Unpack(string name, Action<Stream, Action<byte[]>> read)
    {
        var entry = _entries[name];
        var checksum = new Crc32();
        using var stream = Guarded(entry.Open);
        Guarded(() =>
        {
            read(stream, checksum.Append);
            return stream.ReadByte() < 0 && checksum.GetCurrentHashAsUInt32() == entry.Crc32
                ? entry
                : throw new InvalidDataException($"the checksum of {Excerpt.Of(entry.FullName)} is wrong, so it is damaged");
        });
    }

    /// <summary>The content of an entry of at most <paramref name="most"/> bytes.</summary>
    /// <exception cref="InvalidDataException">It is not there, longer, or damaged.</exception>
    public byte[] Small(string name, int most)
    {
        if (!_entries.TryGetValue(name, out var entry) || entry.Length > most)
        {
            var last = Excerpt.Of(name[(name.LastIndexOf('/') + 1)..]);
            throw new InvalidDataException(entry is null ? $"it has no {last}" : $"its {last} has {entry.Length} bytes, and {most} are read");
        }

        var bytes = new byte[entry.Length];
        Unpack(name, (from, seen) =>
        {
            from.ReadExactly(bytes);
            seen(bytes);
        });
        return bytes;
    }

    public void Dispose() => _zip.Dispose();

    private void Admit(ZipArchiveEntry entry, ByteBudget budget)
    {
        var name = entry.FullName;
        if (name.Contains('\\', StringComparison.Ordinal) || name.Split('/').Any(part => part is "" or "." or "..") || entry.IsEncrypted)
        {
            throw new InvalidDataException($"it is a zip archive with an entry \"{Excerpt.Of(name)}\", which PyTorch's do not have");
        }

        budget.Spend(entry.Length, Excerpt.Of(name));
        if (!_entries.TryAdd(name, entry))
        {
            throw new InvalidDataException($"it is a zip archive with two entries {Excerpt.Of(name)}");
        }
    }

    /// <summary>The zip reader of .NET throws exceptions of many kinds for damage; they become one kind with one sentence.</summary>
    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or OverflowException or NotSupportedException
            or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("it is a damaged zip archive", e);
        }
        catch (InvalidDataException e) when (e.Source?.StartsWith("System.", StringComparison.Ordinal) == true)
        {
            throw new InvalidDataException("it is a damaged zip archive", e);
        }
    }
}
