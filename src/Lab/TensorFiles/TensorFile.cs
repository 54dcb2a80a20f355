using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.TensorFiles.Pickle;
using static TorchSharp.torch;

namespace LossSpikes.Lab.TensorFiles;

/// <summary>A file of tensors in any of the formats that are read; its first bytes tell which.</summary>
internal static class TensorFile
{
    /// <summary>The endings of files that can be written.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".pt", ".pth", ".safetensors"];

    /// <summary>Reads a file. The caller owns the tensors that come out.</summary>
    /// <returns>A value as <see cref="PickleReader.Read"/> gives it; of a safetensors file, a dictionary of tensors.</returns>
    /// <exception cref="InputException">There is no such file, or it is none of these; the message names it.</exception>
    public static object? Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException(Directory.Exists(path)
                ? $"{path}: expected a file of tensors, but this is a folder"
                : $"{path}: there is no such file{NearestName.OfFile(path)}");
        }

        try
        {
            using var stream = File.OpenRead(path);
            return Read(stream);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <inheritdoc cref="Read(string)"/>
    /// <param name="stream">A stream that can seek, at its start.</param>
    /// <exception cref="InvalidDataException">It is none of these formats; the message is one sentence.</exception>
    public static object? Read(Stream stream)
    {
        using var scope = NewDisposeScope();
        var content = TensorFileFormat.IsZip(stream) ? PyTorchFile.Read(stream) : NamedTensors.AsDictionary(Safetensors.Read(stream).Tensors);
        foreach (var (_, tensor) in NamedTensors.Of(content))
        {
            tensor.MoveToOuterDisposeScope();
        }

        return content;
    }

    /// <summary>Writes tensors under names, whole or not at all; a file that was there is replaced.</summary>
    /// <exception cref="InputException">The ending is none of <see cref="Endings"/>, or the format lacks a dtype.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        RequireEnding(path);
        AtomicFile.Write(path, stream =>
        {
            if (path.EndsWith(".safetensors", StringComparison.Ordinal))
            {
                Safetensors.Write(stream, tensors, Safetensors.PyTorchMetadata);
            }
            else
            {
                PyTorchFile.Write(stream, NamedTensors.AsDictionary(tensors));
            }
        });
    }

    /// <summary>Checks a name before work is done for it.</summary>
    /// <exception cref="InputException">The ending is none of <see cref="Endings"/>.</exception>
    public static void RequireEnding(string path)
    {
        if (!Endings.Contains(Path.GetExtension(path)))
        {
            throw new InputException($"{path}: the name must end in one of {string.Join(", ", Endings)}, which says the format");
        }
    }
}
