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
        using var content = new MemoryStream();
        Copy(packed, content, limit);
        content.Position = 0;
        var unpacked = new MemoryStream();
        try
        {
            using var gzip = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
            Copy(gzip, unpacked, limit);
        }
        catch (InvalidDataException)
        {
            throw Incomplete();
        }

        // The stream ends without complaint where a file was cut; its last four bytes hold the length it should have.
        if (content.Length < 18 || BinaryPrimitives.ReadUInt32LittleEndian(content.GetBuffer().AsSpan((int)content.Length - 4)) != unpacked.Length)
        {
            throw Incomplete();
        }

        unpacked.Position = 0;
        return unpacked;

        InputException Incomplete() => new($"{name} is not a complete gzip file");

        void Copy(Stream from, MemoryStream to, int most)
        {
            var buffer = new byte[81_920];
            for (int count; (count = from.Read(buffer)) > 0;)
            {
                to.Write(buffer, 0, count);
                if (to.Length > most)
                {
                    throw new InputException($"{name} holds more than the {most} bytes that such a file can have");
                }
            }
        }
    }
}
