using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.TensorFiles.Pickle;
using static TorchSharp.torch;

namespace LossSpikes.Lab.TensorFiles;

/// <summary>The tensors in what a file holds.</summary>
internal static class NamedTensors
{
    private const int Deepest = 64, Most = 1_000_000;

    /// <summary>All tensors at any depth; their names are the keys on the way to them, joined by dots.</summary>
    /// <exception cref="InvalidDataException">The content nests without end, or unfolds to too much.</exception>
    public static IReadOnlyList<(string Name, Tensor Tensor)> Of(object? content)
    {
        var found = new List<(string, Tensor)>();
        var visited = 0;
        Visit("", content, 0);
        return found;

        void Visit(string name, object? value, int depth)
        {
            if (depth > Deepest || ++visited > Most)
            {
                throw new InvalidDataException($"its content is nested more than {Deepest} levels deep, or unfolds to more than {Most} values");
            }

            if (value is Tensor tensor)
            {
                found.Add((name, tensor));
                return;
            }

            foreach (var (key, inner) in Inner(value))
            {
                Visit(name.Length == 0 ? key : $"{name}.{key}", inner, depth + 1);
            }
        }
    }

    /// <summary>The tensors of a state_dict: those directly in the dictionary that is the content or, with a key, lies under it.</summary>
    /// <exception cref="InvalidDataException">There is no such dictionary, or it has no tensors.</exception>
    public static IReadOnlyDictionary<string, Tensor> StateDict(object? content, string? key)
    {
        if (content is not PickleDictionary dictionary)
        {
            throw new InvalidDataException("it holds no dictionary of tensors; save a state_dict");
        }

        if (key is not null)
        {
            var groups = Groups(dictionary);
            dictionary = dictionary[key] as PickleDictionary
                ?? throw new InvalidDataException(groups.Count == 0 ? $"it has no group \"{key}\", and no groups at all" : $"it has no group \"{key}\"; {NearestName.Advice(key, groups, "its groups are")}");
        }

        var tensors = dictionary.Items.Where(i => i is { Key: string, Value: Tensor }).ToDictionary(i => (string)i.Key, i => (Tensor)i.Value!);
        return tensors.Count > 0 ? tensors : throw new InvalidDataException(Groups(dictionary) is { Count: > 0 } inner
            ? $"its tensors are in groups ({string.Join(", ", inner)}); say which one by its key"
            : "it holds no tensors by name");
    }

    /// <summary>The other way: the dictionary that a state_dict is in Python.</summary>
    public static PickleDictionary AsDictionary(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var dictionary = new PickleDictionary { IsOrderedDict = true };
        foreach (var (name, tensor) in tensors)
        {
            dictionary[name] = tensor;
        }

        return dictionary;
    }

    private static List<string> Groups(PickleDictionary dictionary) => [.. dictionary.Items.Where(i => i.Value is PickleDictionary).Select(i => Text(i.Key)).Take(20)];

    private static IEnumerable<(string Key, object? Value)> Inner(object? value) => value switch
    {
        PickleDictionary dictionary => dictionary.Items.Select(i => (Text(i.Key), i.Value)),
        IEnumerable<object?> items => items.Select((item, i) => (Text((long)i), item)),
        _ => [],
    };

    private static string Text(object key) => Convert.ToString(key, CultureInfo.InvariantCulture)!;
}
