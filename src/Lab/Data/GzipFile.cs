using System.Buffers.Binary;
using System.IO.Compression;

namespace LossSpikes.Lab.Data;

/// <summary>Gzip files, unpacked whole into memory that they cannot make grow beyond a limit.</summary>
internal static class GzipFile
{
    /// <summary>The unpacked content, at its start.</summary>
    /// <param name="packed">One gzip member.</param>
    /// <param name="name">What the file is called in messages.</param>
    /// <param name="limit">The most bytes it may unpack to.</param>
    /// <exception cref="InputException">It is no gzip file, ends early, or is larger than the limit.</exception>
    public static MemoryStream Unpack(Stream packed, string name, int limit)
    {
        using var content = BoundedRead.All(packed, name, limit);
        try
        {
            using var gzip = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
            var unpacked = BoundedRead.All(gzip, name, limit);

            // The stream ends without complaint where a file was cut; its last four bytes hold the length it should have.
            return content.Length >= 18 && BinaryPrimitives.ReadUInt32LittleEndian(content.GetBuffer().AsSpan((int)content.Length - 4)) == unpacked.Length
                ? unpacked
                : throw Incomplete();
        }
        catch (InvalidDataException)
        {
            throw Incomplete();
        }

        InputException Incomplete() => new($"{name} is not a complete gzip file");
    }
}
