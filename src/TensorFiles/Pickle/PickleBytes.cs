using System.Buffers.Binary;
using System.Text;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>Reads operands from a pickle, never beyond its end.</summary>
internal sealed class PickleBytes(byte[] pickle)
{
    private const int LongestText = 1 << 20, LongestName = 500;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private int _at;

    public bool IsAtEnd => _at == pickle.Length;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Python writes floats big-endian, and everything else little-endian.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A whole number of so many bytes; null where it has more than eight.</summary>
    public long? Long(long length)
    {
        var bytes = Take(length);
        if (bytes.Length > 8)
        {
            return null;
        }

        long value = bytes is [.., >= 0x80] ? -1 : 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    /// <summary>A length in eight bytes.</summary>
    public long Length() => BinaryPrimitives.ReadInt64LittleEndian(Take(8)) is >= 0 and var length
        ? length
        : throw new InvalidDataException("its pickle has a negative length");

    /// <summary>A text of so many bytes.</summary>
    public string Text(long length) => length <= LongestText
        ? Decode(Take(length))
        : throw new InvalidDataException($"its pickle has a text of {length} bytes; {LongestText} are read");

    /// <summary>So many bytes.</summary>
    public ReadOnlySpan<byte> Bytes(long length) => Take(length);

    /// <summary>Checks that so many bytes follow.</summary>
    public void Require(long length) => _ = length <= pickle.Length - _at ? 0 : throw new InvalidDataException("its pickle ends too early");

    /// <summary>Characters up to the next line break.</summary>
    public string Line()
    {
        var length = pickle.AsSpan(_at, Math.Min(LongestName, pickle.Length - _at)).IndexOf((byte)'\n');
        var line = length >= 0 ? Decode(Take(length)) : throw new InvalidDataException("its pickle has a name without an end");
        _at++;
        return line;
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException("its pickle has a text that is not UTF-8");
        }
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        Require(count);
        _at += (int)count;
        return pickle.AsSpan(_at - (int)count, (int)count);
    }
}
