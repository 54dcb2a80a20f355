using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>A file of tensors in any of the formats that are read; its first bytes tell which.</summary>
public static class TensorFile
{
    private const string SafetensorsEnding = ".safetensors";

    /// <summary>The endings of files that can be written.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".pt", ".pth", SafetensorsEnding];

    /// <summary>Reads a PyTorch, safetensors or numpy (<c>.npz</c>) file. The caller owns the tensors, which are on the CPU.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A value of the kinds that <see cref="PyTorchFile.Read"/> lists; for the other formats, a dictionary of tensors.</returns>
    /// <exception cref="InvalidDataException">The file has none of these formats, or is damaged; the message is one sentence that names it.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read, or is a folder.</exception>
    public static object? Read(string path) => Read(path, Read);

    /// <summary>Reads a PyTorch, safetensors or numpy (<c>.npz</c>) file from a stream. The caller owns the tensors, which are on the CPU.</summary>
    /// <param name="stream">A stream that can seek, at its start; it stays open.</param>
    /// <returns>A value of the kinds that <see cref="PyTorchFile.Read"/> lists; for the other formats, a dictionary of tensors.</returns>
    /// <exception cref="InvalidDataException">The content has none of these formats, or is damaged; the message is one sentence about "it".</exception>
    public static object? Read(Stream stream)
    {
        using var scope = NewDisposeScope();
        var content = TensorFileFormat.IsZip(stream) ? ReadZip(stream) : NamedTensors.AsDictionary(Safetensors.Read(stream).Tensors);
        foreach (var (_, tensor) in NamedTensors.Of(content))
        {
            tensor.MoveToOuterDisposeScope();
        }

        return content;
    }

    /// <summary>Writes tensors under names, whole or not at all. An existing file is replaced.</summary>
    /// <param name="path">The file; the ending of its name selects the format.</param>
    /// <param name="tensors">The tensors, of any shape, layout and device.</param>
    /// <exception cref="NotSupportedException">The ending is none of <see cref="Endings"/>, or the format lacks a dtype.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        RequireEnding(path);
        AtomicFile.Write(path, stream =>
        {
            if (path.EndsWith(SafetensorsEnding, StringComparison.Ordinal))
            {
                Safetensors.Write(stream, tensors, Safetensors.PyTorchMetadata);
            }
            else
            {
                PyTorchFile.Write(stream, NamedTensors.AsDictionary(tensors));
            }
        });
    }

    /// <summary>Checks the name of a file before work is done for it.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <exception cref="NotSupportedException">The ending is none of <see cref="Endings"/>; the message is one sentence that names the file.</exception>
    public static void RequireEnding(string path)
    {
        if (!Endings.Contains(Path.GetExtension(path)))
        {
            throw new NotSupportedException($"{path}: the name must end in one of {string.Join(", ", Endings)}, which says the format");
        }
    }

    private static object? ReadZip(Stream stream)
    {
        using var zip = new CheckedZip(stream, new ByteBudget(stream.Length));
        return Npz.Is(zip) ? NamedTensors.AsDictionary(Npz.Read(zip)) : PyTorchFile.ReadArchive(zip, stream.Length);
    }

    /// <summary>Opens a file for <paramref name="read"/> and puts its name before the sentence of a refusal.</summary>
    internal static T Read<T>(string path, Func<Stream, T> read)
    {
        using var stream = File.OpenRead(path);
        try
        {
            return read(stream);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}
