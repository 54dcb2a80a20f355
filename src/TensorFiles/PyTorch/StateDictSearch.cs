using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>Finds the state_dict in a checkpoint, and strips the prefixes that wrappers of a network put before its names.</summary>
internal static class StateDictSearch
{
    private const string TheFile = "";

    private static readonly string[] UsualKeys = ["model", "state_dict", "model_state_dict", "model_state", "net", "network", "module", "weights", "params"];

    // DataParallel and DistributedDataParallel; torch.compile; attributes of a LightningModule.
    private static readonly string[] Prefixes = ["module.", "_orig_mod.", "model.", "net.", "network."];

    /// <summary>The group with the weights, and the weights without common prefixes.</summary>
    /// <inheritdoc cref="TrainingCheckpoint.Of"/>
    public static (string Key, IReadOnlyDictionary<string, Tensor> Weights) Find(PickleDict content, string? key, IReadOnlyCollection<string>? names)
    {
        var groups = Groups(content);
        var (found, tensors) = key is null ? Choice(content, groups, names) : groups.FirstOrDefault(g => g.Key == key) is { Tensors: not null } given
            ? given
            : throw Missing(content, key, groups);
        return (found, WithoutPrefixes(tensors, names));
    }

    /// <summary>All groups that may be a state_dict, the outer ones first in their order: with floats by name, and outside of optimizers.</summary>
    private static List<(string Key, IReadOnlyDictionary<string, Tensor> Tensors)> Groups(PickleDict content)
    {
        var groups = new List<(string Key, IReadOnlyDictionary<string, Tensor> Tensors)>();
        var optimizers = new List<string>();
        NamedTensors.Visit(content, (name, value) =>
        {
            if (value is not PickleDict group || optimizers.Exists(o => o == TheFile || name.StartsWith($"{o}.", StringComparison.Ordinal)))
            {
                return;
            }

            if (SavedOptimizerState.IsOptimizer(group))
            {
                optimizers.Add(name);
                return;
            }

            var tensors = group.Items.Where(i => i is { Key: string, Value: Tensor }).ToDictionary(i => (string)i.Key, i => (Tensor)i.Value!);
            if (tensors.Values.Any(t => TensorType.Of(t.dtype).IsFloating))
            {
                groups.Add((name, tensors));
            }
        });
        return groups;
    }

    private static (string Key, IReadOnlyDictionary<string, Tensor> Tensors) Choice(
        PickleDict content, List<(string Key, IReadOnlyDictionary<string, Tensor> Tensors)> groups, IReadOnlyCollection<string>? names)
    {
        var fitting = names is null ? [] : groups.Where(g => Fit(WithoutPrefixes(g.Tensors, names), names) == names.Count).ToList();
        var candidates = fitting.Count > 0 ? fitting : groups;
        var inner = candidates.Where(g => g.Key != TheFile).ToList();
        var usual = inner.Where(g => UsualKeys.Contains(g.Key[(g.Key.LastIndexOf('.') + 1)..])).ToList();
        var outermost = usual.Where(g => usual.TrueForAll(other => Depth(other.Key) >= Depth(g.Key))).ToList();
        return (outermost, inner, candidates) switch
        {
            ([var only], _, _) => only,
            ([], [var only], _) => only,
            ([], [], [var only]) => only,
            ([], [], []) => throw Without(content),
            _ => throw new InvalidDataException(
                $"it has several groups of tensors ({Excerpt.OfList((outermost.Count > 0 ? outermost : inner).Select(g => g.Key))}); a key says which one"),
        };

        static int Depth(string key) => key.Count(c => c == '.');
    }

    private static IReadOnlyDictionary<string, Tensor> WithoutPrefixes(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyCollection<string>? names)
    {
        var best = tensors;
        for (var next = tensors; Common(next) is { } prefix;)
        {
            next = next.ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
            best = names is null || Fit(next, names) > Fit(best, names) ? next : best;
        }

        return best;

        static string? Common(IReadOnlyDictionary<string, Tensor> tensors) =>
            Prefixes.FirstOrDefault(p => tensors.Keys.All(name => name.Length > p.Length && name.StartsWith(p, StringComparison.Ordinal)));
    }

    private static int Fit(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyCollection<string> names) => names.Count(tensors.ContainsKey);

    private static Exception Missing(PickleDict content, string key, List<(string Key, IReadOnlyDictionary<string, Tensor> Tensors)> groups)
    {
        var keys = groups.Select(g => g.Key).Where(k => k != TheFile).ToList();
        return NamedTensors.NotRead(content).FirstOrDefault(o => o.Name == key) is { Value: { } opaque } ? new InvalidDataException(OfPython(key, opaque))
            : keys.Count == 0 ? new InvalidDataException($"it has no group \"{Excerpt.Of(key)}\" of tensors, and no such groups at all")
            : new UnknownNameException($"it has no group \"{Excerpt.Of(key)}\" of tensors", key, keys, "its groups are");
    }

    private static InvalidDataException Without(PickleDict content)
    {
        var notRead = NamedTensors.NotRead(content);
        var usual = notRead.Where(o => UsualKeys.Contains(o.Name));
        return new InvalidDataException(usual.Concat(notRead).Select(o => OfPython(o.Name, o.Value)).FirstOrDefault()
            ?? $"it holds no weights"
                + (SavedOptimizerState.IsOptimizer(content) ? " but an optimizer" : ": no group of it has floating-point tensors by name"));
    }

    private static string OfPython(string name, PickleOpaque value) =>
        $"it holds no weights that can be read: \"{Excerpt.Of(name)}\" is a {value.Type}, which only Python can build; save a state_dict";
}
