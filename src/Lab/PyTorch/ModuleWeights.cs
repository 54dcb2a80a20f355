using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.TensorFiles;
using static TorchSharp.torch;

namespace LossSpikes.Lab.PyTorch;

/// <summary>Puts the tensors of a file into a module.</summary>
internal static class ModuleWeights
{
    /// <summary>Compares names, shapes and dtypes, and only then copies. Floats of another precision are converted; gradients stay required where they were.</summary>
    /// <param name="module">What is written.</param>
    /// <param name="tensors">The state_dict of the file.</param>
    /// <param name="strict">Whether both must have the very same names; otherwise those that both have are copied.</param>
    /// <param name="skip">Names that are left alone on both sides.</param>
    /// <param name="loaded">Told of every name of the file whether it was copied.</param>
    /// <exception cref="WeightsMismatchException">They do not fit together.</exception>
    public static void Load(nn.Module module, IReadOnlyDictionary<string, Tensor> tensors, bool strict, IList<string>? skip = null, Dictionary<string, bool>? loaded = null)
    {
        var targets = module.state_dict().Where(t => skip?.Contains(t.Key) != true).ToDictionary();
        var sources = tensors.Where(t => skip?.Contains(t.Key) != true).ToDictionary();
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

        foreach (var name in sources.Keys)
        {
            loaded?[name] = targets.ContainsKey(name);
        }
    }

    private static void CheckNames(IReadOnlyCollection<string> targets, IReadOnlyCollection<string> sources)
    {
        if (targets.Except(sources).FirstOrDefault() is { } missing)
        {
            throw new WeightsMismatchException($"{missing} of the network is not in the file; {NearestName.Advice(missing, [.. sources.Except(targets)], "what it has beside the network's")}");
        }

        if (sources.Except(targets).FirstOrDefault() is { } unexpected)
        {
            throw new WeightsMismatchException($"the file has {unexpected}, which the network does not; {NearestName.Advice(unexpected, targets, "the network has")}");
        }
    }

    private static void Check(string name, Tensor target, Tensor source)
    {
        if (!target.shape.SequenceEqual(source.shape))
        {
            throw new WeightsMismatchException($"{name} must have the shape [{string.Join(", ", target.shape)}], but in the file it has [{string.Join(", ", source.shape)}]");
        }

        var (to, from) = (TensorType.Of(target.dtype), TensorType.Of(source.dtype));
        if (to != from && !(to.IsFloating && from.IsFloating))
        {
            throw new WeightsMismatchException($"{name} must be {to.Name}, but in the file it is {from.Name}");
        }
    }
}
