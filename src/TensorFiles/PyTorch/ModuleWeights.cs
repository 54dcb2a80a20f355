using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>The tensors of a module, and those of a file that are copied into it.</summary>
internal static class ModuleWeights
{
    /// <summary>Parameters and buffers, but for some names.</summary>
    public static Dictionary<string, Tensor> Of(nn.Module module, IReadOnlyCollection<string>? skip) => Without(skip, module.state_dict());

    /// <summary>Compares names, shapes and dtypes, and only then copies. Floats of another precision are converted; requires_grad stays as it was.</summary>
    /// <param name="module">The module to write.</param>
    /// <param name="tensors">The state_dict of the file.</param>
    /// <param name="strict">Whether both must have exactly the same names; otherwise those that both have are copied.</param>
    /// <param name="skip">Names to leave alone on both sides.</param>
    /// <returns>The names that were copied.</returns>
    /// <exception cref="WeightsMismatchException">They do not fit together.</exception>
    public static IReadOnlyList<string> Load(nn.Module module, IReadOnlyDictionary<string, Tensor> tensors, bool strict, IReadOnlyCollection<string>? skip)
    {
        var (targets, sources) = (Of(module, skip), Without(skip, tensors));
        if (strict)
        {
            CheckNames([.. targets.Keys], [.. sources.Keys]);
        }

        var pairs = targets.Where(t => sources.ContainsKey(t.Key)).Select(t => (t.Key, Target: t.Value, Source: sources[t.Key])).ToList();
        foreach (var (name, target, source) in pairs)
        {
            Check(name, target, source);
        }

        using var constant = no_grad();
        foreach (var (_, target, source) in pairs)
        {
            target.copy_(source);
        }

        return [.. pairs.Select(p => p.Key)];
    }

    private static Dictionary<string, Tensor> Without(IReadOnlyCollection<string>? skip, IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        tensors.Where(t => skip?.Contains(t.Key) != true).ToDictionary();

    private static void CheckNames(IReadOnlyCollection<string> targets, IReadOnlyCollection<string> sources)
    {
        if (targets.Except(sources).FirstOrDefault() is { } missing)
        {
            var problem = $"{missing} of the network is not in the file";
            IReadOnlyList<string> others = [.. sources.Except(targets)];
            throw others.Count == 0
                ? new WeightsMismatchException(problem)
                : new UnknownNameException(problem, missing, others, "what it has in addition to the network's");
        }

        if (sources.Except(targets).FirstOrDefault() is { } unexpected)
        {
            throw new UnknownNameException($"the file has {Excerpt.Of(unexpected)}, which the network does not", unexpected, targets, "the network has");
        }
    }

    private static void Check(string name, Tensor target, Tensor source)
    {
        if (!target.shape.SequenceEqual(source.shape))
        {
            throw new WeightsMismatchException(
                $"{name} must have the shape [{string.Join(", ", target.shape)}], but in the file it has [{Excerpt.OfList(source.shape)}]");
        }

        var (to, from) = (TensorType.Of(target.dtype), TensorType.Of(source.dtype));
        if (to != from && !(to.IsFloating && from.IsFloating))
        {
            throw new WeightsMismatchException($"{name} must be {to.Name}, but in the file it is {from.Name}");
        }
    }
}
