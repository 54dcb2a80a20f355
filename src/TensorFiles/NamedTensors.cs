using System.Globalization;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Pickle;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>Finds the tensors in the content of a file.</summary>
public static class NamedTensors
{
    private const int Deepest = 64, Most = 1_000_000;

    /// <summary>All tensors at any depth; their names are the keys on the way to them, joined by dots.</summary>
    /// <param name="content">A value of the kinds that <see cref="PyTorchFile.Read"/> lists.</param>
    /// <exception cref="InvalidDataException">The content nests without end, or unfolds to too much.</exception>
    public static IReadOnlyList<(string Name, Tensor Tensor)> Of(object? content)
    {
        var found = new List<(string, Tensor)>();
        Visit(content, (name, value) =>
        {
            if (value is Tensor tensor)
            {
                found.Add((name, tensor));
            }
        });
        return found;
    }

    /// <summary>The values of types that are not read, at any depth, with the names of <see cref="Of"/>.</summary>
    /// <inheritdoc cref="Of"/>
    public static IReadOnlyList<(string Name, PickleOpaque Value)> NotRead(object? content)
    {
        var found = new List<(string, PickleOpaque)>();
        Visit(content, (name, value) =>
        {
            if (value is PickleOpaque opaque)
            {
                found.Add((name, opaque));
            }
        });
        return found;
    }

    /// <summary>The tensors of a state_dict: those directly in the dictionary that is the content or, with a key, lies under it.</summary>
    /// <param name="content">A value of the kinds that <see cref="PyTorchFile.Read"/> lists.</param>
    /// <param name="key">The group with the tensors, such as "model" in <c>{"model": …, "optimizer": …}</c>; null for the content itself.</param>
    /// <exception cref="InvalidDataException">There is no dictionary with tensors; the message is one sentence about "it".</exception>
    /// <exception cref="UnknownNameException">There are groups, but none with this key.</exception>
    public static IReadOnlyDictionary<string, Tensor> StateDict(object? content, string? key = null)
    {
        var dictionary = Dictionary(content);
        if (key is not null)
        {
            var groups = Groups(dictionary);
            dictionary = dictionary[key] as PickleDict ?? throw (groups.Count == 0
                ? new InvalidDataException($"it has no group \"{key}\", and no groups at all")
                : new UnknownNameException($"it has no group \"{key}\"", key, groups, "its groups are"));
        }

        var tensors = dictionary.Items.Where(i => i is { Key: string, Value: Tensor }).ToDictionary(i => (string)i.Key, i => (Tensor)i.Value!);
        return tensors.Count > 0 ? tensors : throw new InvalidDataException(Groups(dictionary) is { Count: > 0 } inner
            ? $"its tensors are in groups ({Excerpt.OfList(inner)}); say which one by its key"
            : NotRead(dictionary).Take(1).Select(o => $"it holds no tensors by name; \"{Excerpt.Of(o.Name)}\" is a {o.Value.Type}, which is not read")
                .FirstOrDefault() ?? "it holds no tensors by name");
    }

    /// <summary>The tensors of the state_dict in a file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or holds no dictionary of tensors; the message names the file.</exception>
    internal static IReadOnlyDictionary<string, Tensor> StateDictOf(string path) => TensorFile.Read(path, stream => StateDict(TensorFile.Read(stream)));

    /// <summary>The dictionary that a state_dict is in Python, for <see cref="PyTorchFile.Write"/>.</summary>
    /// <param name="tensors">The tensors; they stay the caller's.</param>
    public static PickleDict AsDictionary(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var dictionary = new PickleDict { IsOrderedDict = true };
        foreach (var (name, tensor) in tensors)
        {
            dictionary[name] = tensor;
        }

        return dictionary;
    }

    /// <summary>The content, which must be a dictionary.</summary>
    /// <exception cref="InvalidDataException">It is something else; the message says what.</exception>
    internal static PickleDict Dictionary(object? content) => content as PickleDict ?? throw new InvalidDataException(content is PickleOpaque { Type: var type }
        ? $"it holds a {type}, which only Python can build; save a state_dict"
        : "it holds no dictionary of tensors; save a state_dict");

    /// <summary>Shows every value at any depth with its name, a group before what is in it.</summary>
    /// <inheritdoc cref="Of"/>
    internal static void Visit(object? content, Action<string, object?> see)
    {
        var visited = 0;
        Inside("", content, 0);

        void Inside(string name, object? value, int depth)
        {
            if (depth > Deepest || ++visited > Most)
            {
                throw new InvalidDataException($"its content is nested more than {Deepest} levels deep, or unfolds to more than {Most} values");
            }

            see(name, value);
            foreach (var (key, inner) in Inner(value))
            {
                Inside(name.Length == 0 ? key : $"{name}.{key}", inner, depth + 1);
            }
        }
    }

    private static List<string> Groups(PickleDict dictionary) =>
        [.. dictionary.Items.Where(i => i.Value is PickleDict).Select(i => Text(i.Key)).Take(20)];

    private static IEnumerable<(string Key, object? Value)> Inner(object? value) => value switch
    {
        PickleDict dictionary => dictionary.Items.Select(i => (Text(i.Key), i.Value)),
        IEnumerable<object?> items => items.Select((item, i) => (Text((long)i), item)),
        _ => [],
    };

    private static string Text(object key) => Convert.ToString(key, CultureInfo.InvariantCulture)!;
}
