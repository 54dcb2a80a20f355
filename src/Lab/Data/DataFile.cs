namespace LossSpikes.Lab.Data;

/// <summary>Binary data files that the user puts into a folder.</summary>
internal static class DataFile
{
    /// <summary>The content of the file, unpacked if it is gzipped.</summary>
    /// <param name="folder">Where it should be.</param>
    /// <param name="name">Its name; the name of the file may also end in <c>.gz</c>.</param>
    /// <param name="advice">Where to get it, for the message that it is missing.</param>
    /// <param name="limit">The most bytes it may hold.</param>
    /// <exception cref="InputException">It is missing, empty, damaged or too large.</exception>
    public static ReadOnlyMemory<byte> Read(string folder, string name, string advice, int limit)
    {
        string[] candidates = [Path.Combine(folder, name), Path.Combine(folder, name + ".gz")];
        var path = candidates.FirstOrDefault(File.Exists) ?? throw new InputException($"{candidates[0]}: there is no such file; {advice}, and put it there");
        try
        {
            using var file = File.OpenRead(path);
            using var content = IsGzip(file) ? GzipFile.Unpack(file, path, limit) : BoundedRead.All(file, path, limit);
            return content.Length > 0 ? content.GetBuffer().AsMemory(0, (int)content.Length) : throw new InputException($"{path}: the file is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    private static bool IsGzip(FileStream file)
    {
        var gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return gzip;
    }
}
