using System.Text.Json;
using LossSpikes.TensorFiles.Messages;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>A folder with the weights of a model, in one file or spread over several that an index names.</summary>
public static class CheckpointDirectory
{
    private const string IndexEnding = ".index.json";
    private const int LongestIndex = 100_000_000;

    private static readonly string[] Names = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>
    /// Reads <c>model.safetensors</c>, <c>model.safetensors.index.json</c>, <c>pytorch_model.bin</c> or
    /// <c>pytorch_model.bin.index.json</c>, the first that is there. An index names the files that the tensors are spread over. The
    /// caller owns the tensors, which are on the CPU.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="name">The file in it, where it has none of these names.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or a name leads out of the folder.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string directory, string? name = null)
    {
        name ??= Names.FirstOrDefault(n => File.Exists(Path.Combine(directory, n)))
            ?? throw new FileNotFoundException($"{directory}: there is none of {string.Join(", ", Names)}");
        var path = Inside(directory, name);
        return name.EndsWith(IndexEnding, StringComparison.Ordinal) ? Spread(directory, Index(path)) : NamedTensors.StateDictOf(path);
    }

    private static Dictionary<string, Tensor> Spread(string directory, Dictionary<string, string> index)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var part in index.GroupBy(t => t.Value, t => t.Key))
        {
            var read = NamedTensors.StateDictOf(Inside(directory, part.Key));
            foreach (var name in part)
            {
                tensors[name] = read.TryGetValue(name, out var tensor)
                    ? tensor
                    : throw new InvalidDataException($"{Excerpt.Of(part.Key)} lacks {Excerpt.Of(name)}, which the index says is there");
            }
        }

        return tensors;
    }

    private static Dictionary<string, string> Index(string path)
    {
        using var stream = File.OpenRead(path);
        try
        {
            return stream.Length <= LongestIndex
                ? JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false }).RootElement
                    .GetProperty("weight_map").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetString()!)
                : throw new InvalidDataException($"{path} has {stream.Length} bytes, and {LongestIndex} are read");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path} must have an object weight_map, from names of tensors to names of files", e);
        }
    }

    private static string Inside(string directory, string? name) =>
        name is { Length: > 0 } && name is not "." and not ".." && !name.AsSpan().ContainsAny('/', '\\', '\0')
            ? Path.Combine(directory, name)
            : throw new InvalidDataException($"\"{Excerpt.Of(name ?? "")}\" must be the name of a file in {directory}, without a path");
}
