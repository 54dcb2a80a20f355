using LossSpikes.TensorFiles.Storage;

namespace LossSpikes.TensorFiles;

/// <summary>
/// Recognizes the archives of <c>torch.jit.save</c>. They hold a program: nothing here runs it, or reads more than its bytes. libtorch's own reader
/// ends the process on some damaged archives, so a program that runs one checks it first.
/// </summary>
public static class TorchScriptArchive
{
    /// <summary>Checks that a file is such an archive, whole and with the right checksums. What its program does is not checked, and cannot be.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is not; the message is one sentence that names the file.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read, or is a folder.</exception>
    public static void Check(string path) => TensorFile.Read(path, stream =>
    {
        if (!TensorFileFormat.IsZip(stream))
        {
            throw new InvalidDataException("it is a safetensors file, and a TorchScript archive (torch.jit.save) is needed");
        }

        using var zip = new CheckedZip(stream, new ByteBudget(stream.Length));
        if (!Is(zip))
        {
            throw new InvalidDataException("it is not a TorchScript archive; save the traced or scripted module with its method save");
        }

        var buffer = new byte[81_920];
        foreach (var name in zip.Names)
        {
            zip.Unpack(name, (from, seen) =>
            {
                for (int count; (count = from.Read(buffer)) > 0;)
                {
                    seen(count == buffer.Length ? buffer : buffer[..count]);
                }
            });
        }

        return stream.Length;
    });

    /// <summary>Whether an archive is one of TorchScript.</summary>
    internal static bool Is(CheckedZip zip) => zip.Has(zip.Names[0][..(zip.Names[0].IndexOf('/', StringComparison.Ordinal) + 1)] + "constants.pkl");
}
