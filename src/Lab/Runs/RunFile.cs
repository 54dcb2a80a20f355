namespace LossSpikes.Lab.Runs;

/// <summary>The text files of a run folder, readable while the run still writes them.</summary>
internal static class RunFile
{
    /// <summary>Larger files are refused, so that reading a folder costs bounded memory.</summary>
    public const int LargestBytes = 512 << 20;

    /// <summary>
    /// The file's content up to its last line break: writers end every line with one, so what follows the last was cut short.
    /// </summary>
    /// <exception cref="RunException">The file is missing, unreadable or too large.</exception>
    public static ReadOnlyMemory<byte> CompleteLines(string path)
    {
        var bytes = Read(path);
        return bytes.AsMemory(0, bytes.AsSpan().LastIndexOf((byte)'\n') + 1);
    }

    private static byte[] Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            if (length > LargestBytes)
            {
                throw new RunException($"{path}: the file has {length} bytes, more than the {LargestBytes} that are read");
            }

            var bytes = new byte[length];
            var filled = 0;
            while (filled < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(filled), filled) is > 0 and var count)
            {
                filled += count;
            }

            return bytes[..filled];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RunException($"{path}: the file is missing", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path}: the file cannot be read ({e.Message})", e);
        }
    }
}
