using System.Buffers.Binary;
using System.IO.Compression;

namespace LossSpikes.Tests.Data;

/// <summary>IDX files, the format of MNIST, written byte by byte.</summary>
internal static class IdxBytes
{
    /// <summary>Images of 28 × 28 pixels, image i with the value i everywhere, and the labels given, in a folder's test part.</summary>
    public static void WriteMnist(string folder, byte[] labels, bool gzip = false)
    {
        byte[] pixels = [.. labels.SelectMany((_, i) => Enumerable.Repeat((byte)i, 28 * 28))];
        Write(folder, "t10k-images-idx3-ubyte", Idx([(uint)labels.Length, 28, 28], pixels), gzip);
        Write(folder, "t10k-labels-idx1-ubyte", Idx([(uint)labels.Length], labels), gzip);
    }

    public static byte[] Idx(uint[] sizes, byte[] content)
    {
        var header = new byte[4 + (4 * sizes.Length)];
        (header[2], header[3]) = (8, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 + (4 * i)), sizes[i]);
        }

        return [.. header, .. content];
    }

    private static void Write(string folder, string name, byte[] bytes, bool gzip)
    {
        using var file = File.Create(Path.Combine(folder, gzip ? name + ".gz" : name));
        using var stream = gzip ? (Stream)new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(bytes);
    }
}
