using LossSpikes.TensorFiles.Pickle;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>One group of an optimizer's parameters.</summary>
/// <param name="Options">Its options under PyTorch's names: <see cref="double"/>, <see cref="bool"/> or, for betas, a list of <see cref="double"/>.
/// Options of other types, and those that are None, are left out.</param>
/// <param name="Parameters">The numbers of its parameters, in their order.</param>
public sealed record SavedOptimizerGroup(IReadOnlyDictionary<string, object> Options, IReadOnlyList<long> Parameters)
{
    /// <summary>The names of its parameters in the script, where PyTorch (2.6 and later) was given them; null otherwise.</summary>
    public IReadOnlyList<string>? Names { get; private init; }

    /// <summary>The learning rate before its scheduler changed it; null where there was no scheduler.</summary>
    public double? InitialLearningRate => Options.GetValueOrDefault("initial_lr") as double?;

    /// <summary>The group that a value of a file is; null where it does not number its parameters.</summary>
    internal static SavedOptimizerGroup? Of(object? value)
    {
        if (value is not PickleDict group || group["params"] is not List<object?> numbers || numbers.Exists(n => n is not long))
        {
            return null;
        }

        var options = group.Items.Where(i => i.Key is string and not "params")
            .Select(i => (Name: (string)i.Key, Value: Option(i.Value))).Where(o => o.Value is not null).ToDictionary(o => o.Name, o => o.Value!);
        return new SavedOptimizerGroup(options, [.. numbers.Cast<long>()])
        {
            Names = group["param_names"] is List<object?> names && names.Count == numbers.Count && names.TrueForAll(n => n is string)
                ? [.. names.Cast<string>()]
                : null,
        };
    }

    private static object? Option(object? value) => value switch
    {
        bool flag => flag,
        IEnumerable<object?> list => list.Select(SavedNumber.Of).ToList() is var numbers && numbers.TrueForAll(n => n is not null)
            ? numbers.ConvertAll(n => n!.Value).ToArray()
            : null,
        _ => SavedNumber.Of(value) is { } number ? number : null,
    };
}
