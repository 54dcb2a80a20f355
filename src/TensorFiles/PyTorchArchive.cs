using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>
/// The zip archive of <c>torch.save</c>: a pickle, and the bytes of each storage in an entry of its own. Opening it checks what it
/// claims; only then is anything unpacked.
/// </summary>
internal sealed class PyTorchArchive : IDisposable
{
    private const int LongestPickle = 64 << 20, MostEntries = 200_000, NewestVersion = 10;

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly string _prefix;

    /// <summary>Opens an archive; the stream stays the caller's.</summary>
    /// <exception cref="InvalidDataException">It is no archive of <c>torch.save</c>, or damaged; the message is one sentence about "it".</exception>
    public PyTorchArchive(Stream stream, ByteBudget budget)
    {
        _zip = Guarded(() => new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true));
        var entries = Guarded(() => _zip.Entries);
        if (entries.Count is 0 or > MostEntries)
        {
            throw new InvalidDataException($"it is a zip archive of {entries.Count} entries, and PyTorch's have 1 to {MostEntries}");
        }

        foreach (var entry in entries)
        {
            Admit(entry, budget);
        }

        _prefix = entries[0].FullName[..(entries[0].FullName.IndexOf('/', StringComparison.Ordinal) + 1)];
        CheckKind();
    }

    /// <summary>The pickle that says which tensors there are.</summary>
    /// <exception cref="InvalidDataException">It is too long, or damaged.</exception>
    public byte[] Pickle() => Small("data.pkl", LongestPickle);

    /// <summary>A new tensor of shape [<paramref name="count"/>] with the content of a storage.</summary>
    /// <exception cref="InvalidDataException">There is no such storage, or it has another length or checksum.</exception>
    public Tensor Storage(string key, TensorType type, long count)
    {
        if (key.Length is 0 or > 20 || !key.All(char.IsAsciiDigit) || !_entries.TryGetValue($"{_prefix}data/{key}", out var entry))
        {
            throw new InvalidDataException($"its pickle needs the storage \"{Excerpt.Of(key)}\", which is not there");
        }

        var (elements, rest) = Math.DivRem(entry.Length, type.Size);
        if (elements != count || rest != 0)
        {
            throw new InvalidDataException($"{Excerpt.Of(entry.FullName)} should hold {count} elements of {type.Size} bytes, but has {entry.Length} bytes");
        }

        var storage = empty(count, type.Scalar);
        Unpack(entry, (from, seen) => TensorBytes.Read(from, storage, seen));
        return storage;
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

    private void CheckKind()
    {
        if (_entries.ContainsKey(_prefix + "constants.pkl"))
        {
            throw new InvalidDataException(
                "it is a TorchScript archive (torch.jit.save), which holds a program; save the module's state_dict() with torch.save");
        }

        if (_prefix.Length == 0 || !_entries.ContainsKey(_prefix + "data.pkl"))
        {
            throw new InvalidDataException("it is a zip archive, but not one that torch.save wrote");
        }

        var version = Line("version");
        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > NewestVersion)
        {
            throw new InvalidDataException($"its version is \"{Excerpt.Of(version)}\", and 1 to {NewestVersion} are read");
        }

        if (_entries.ContainsKey(_prefix + "byteorder") && Line("byteorder") is not "little" and var order)
        {
            throw new InvalidDataException($"its byte order is \"{Excerpt.Of(order)}\", and only little is read");
        }
    }

    private string Line(string name)
    {
        var bytes = Small(name, 40);
        return bytes.All(b => b is (byte)'\n' or (>= 0x20 and < 0x7F))
            ? System.Text.Encoding.ASCII.GetString(bytes).Trim()
            : throw new InvalidDataException($"its {name} is not text");
    }

    private byte[] Small(string name, int most)
    {
        if (!_entries.TryGetValue(_prefix + name, out var entry) || entry.Length > most)
        {
            throw new InvalidDataException(entry is null ? $"it has no {name}" : $"its {name} has {entry.Length} bytes, and {most} are read");
        }

        var bytes = new byte[entry.Length];
        Unpack(entry, (from, seen) =>
        {
            from.ReadExactly(bytes);
            seen(bytes);
        });
        return bytes;
    }

    private static void Unpack(ZipArchiveEntry entry, Action<Stream, Action<byte[]>> read)
    {
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
