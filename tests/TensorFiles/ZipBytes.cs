using System.IO.Compression;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Zip archives written entry by entry, valid and invalid.</summary>
internal static class ZipBytes
{
    /// <summary>An archive like those of <c>torch.save</c>, with one float32 storage of two elements, 1 and 2, under data/0.</summary>
    public static byte[] PyTorch(byte[] pickle) =>
        Of(("a/data.pkl", pickle), ("a/data/0", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]), ("a/version", "3\n"u8.ToArray()));

    public static byte[] Of(params (string Name, byte[] Content)[] entries) => Of(CompressionLevel.NoCompression, entries);

    public static byte[] Of(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>The archive's content, entry by entry.</summary>
    public static (string Name, byte[] Content)[] Entries(byte[] archive)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        return [.. zip.Entries.Select(e => (e.FullName, Content(e)))];

        static byte[] Content(ZipArchiveEntry entry)
        {
            using var content = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        }
    }
}
