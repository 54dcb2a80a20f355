namespace LossSpikes.Lab.TensorFiles;

/// <summary>Writes files beside, flushes and renames them: at no moment is there half a file under the name.</summary>
internal static class AtomicFile
{
    /// <summary>Writes what <paramref name="write"/> gives; a file that was there is replaced.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var draft = path + ".partial";
        try
        {
            using (var stream = File.Create(draft))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }
}
