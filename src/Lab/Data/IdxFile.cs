using System.Buffers.Binary;

namespace LossSpikes.Lab.Data;

/// <summary>
/// An array of bytes in the IDX format: two zero bytes, the type 8, the number of dimensions, their sizes (big-endian, 32 bits), the content.
/// </summary>
/// <param name="Sizes">The sizes of the dimensions.</param>
/// <param name="Content">The bytes, the last dimension first.</param>
internal sealed record IdxFile(IReadOnlyList<uint> Sizes, ReadOnlyMemory<byte> Content)
{
    private const byte UnsignedByte = 8;

    /// <summary>Reads a file of <paramref name="dimensions"/> dimensions; nothing is allocated that its header claims.</summary>
    /// <exception cref="InputException">It starts otherwise, or its length is not the one its header announces.</exception>
    public static IdxFile Parse(ReadOnlyMemory<byte> bytes, string name, byte dimensions)
    {
        byte[] magic = [0, 0, UnsignedByte, dimensions];
        if (!bytes.Span.StartsWith(magic))
        {
            throw new InputException($"{name}: an IDX file of {dimensions}-dimensional bytes starts with {Shown(magic)}, "
                + $"but this one with {Shown(bytes.Span[..Math.Min(4, bytes.Length)])}");
        }

        var header = 4 * (1 + dimensions);
        if (bytes.Length < header)
        {
            throw new InputException($"{name}: the file ends inside its header, after {bytes.Length} of {header} bytes");
        }

        uint[] sizes = [.. Enumerable.Range(1, dimensions).Select(i => BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[(4 * i)..]))];
        var announced = sizes.Aggregate((UInt128)1, (product, size) => product * size);
        return announced == (UInt128)(bytes.Length - header)
            ? new IdxFile(sizes, bytes[header..])
            : throw new InputException($"{name}: its header announces {string.Join(" × ", sizes)} bytes, but {bytes.Length - header} follow");
    }

    private static string Shown(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
