using System.Globalization;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>
/// The zip archive of <c>torch.save</c>: a pickle, and the bytes of each storage in an entry of its own. Opening it checks what it
/// claims; only then is anything unpacked.
/// </summary>
internal sealed class PyTorchArchive
{
    private const int LongestPickle = 64 << 20, NewestVersion = 10;

    private readonly CheckedZip _zip;
    private readonly string _prefix;

    /// <summary>Takes an archive, which stays the caller's.</summary>
    /// <exception cref="InvalidDataException">It is no archive of <c>torch.save</c>; the message is one sentence about "it".</exception>
    public PyTorchArchive(CheckedZip zip)
    {
        (_zip, _prefix) = (zip, zip.Names[0][..(zip.Names[0].IndexOf('/', StringComparison.Ordinal) + 1)]);
        if (TorchScriptArchive.Is(zip))
        {
            throw new InvalidDataException(
                "it is a TorchScript archive (torch.jit.save), which holds a program; save the module's state_dict() with torch.save");
        }

        if (_prefix.Length == 0 || !_zip.Has(_prefix + "data.pkl"))
        {
            throw new InvalidDataException("it is a zip archive, but not one that torch.save wrote");
        }

        var version = Line("version");
        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > NewestVersion)
        {
            throw new InvalidDataException($"its version is \"{Excerpt.Of(version)}\", and 1 to {NewestVersion} are read");
        }

        if (_zip.Has(_prefix + "byteorder") && Line("byteorder") is not "little" and var order)
        {
            throw new InvalidDataException($"its byte order is \"{Excerpt.Of(order)}\", and only little is read");
        }
    }

    /// <summary>The pickle that says which tensors there are.</summary>
    /// <exception cref="InvalidDataException">It is too long, or damaged.</exception>
    public byte[] Pickle() => _zip.Small(_prefix + "data.pkl", LongestPickle);

    /// <summary>A new tensor of shape [<paramref name="count"/>] with the content of a storage.</summary>
    /// <exception cref="InvalidDataException">There is no such storage, or it has another length or checksum.</exception>
    public Tensor Storage(string key, TensorType type, long count)
    {
        var name = $"{_prefix}data/{key}";
        if (key.Length is 0 or > 20 || !key.All(char.IsAsciiDigit) || _zip.LengthOf(name) is not { } length)
        {
            throw new InvalidDataException($"its pickle needs the storage \"{Excerpt.Of(key)}\", which is not there");
        }

        var (elements, rest) = Math.DivRem(length, type.Size);
        if (elements != count || rest != 0)
        {
            throw new InvalidDataException($"{Excerpt.Of(name)} should hold {count} elements of {type.Size} bytes, but has {length} bytes");
        }

        var storage = empty(count, type.Scalar);
        _zip.Unpack(name, (from, seen) => TensorBytes.Read(from, storage, seen));
        return storage;
    }

    private string Line(string name)
    {
        var bytes = _zip.Small(_prefix + name, 40);
        return bytes.All(b => b is (byte)'\n' or (>= 0x20 and < 0x7F))
            ? System.Text.Encoding.ASCII.GetString(bytes).Trim()
            : throw new InvalidDataException($"its {name} is not text");
    }
}
