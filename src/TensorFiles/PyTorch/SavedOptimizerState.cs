using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Pickle;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>The state_dict of an optimizer in a checkpoint. Parameters have no names in it, only numbers.</summary>
/// <param name="Groups">The groups of parameters, in their order.</param>
/// <param name="State">For each parameter with a state, by its number: tensors, and single numbers as <see cref="double"/>.</param>
public sealed record SavedOptimizerState(
    IReadOnlyList<SavedOptimizerGroup> Groups, IReadOnlyDictionary<long, IReadOnlyDictionary<string, object>> State)
{
    private const string States = "state", ParameterGroups = "param_groups";

    /// <summary>The numbers of all parameters, group by group: the order in which the optimizer received them.</summary>
    public IEnumerable<long> Parameters => Groups.SelectMany(group => group.Parameters);

    /// <summary>The largest count of steps that a parameter has; null where none has one.</summary>
    public long? Step => State.Values.Max(s => SavedNumber.Count(s.GetValueOrDefault("step")));

    /// <summary>The shape of a parameter, as its state has it; null where there is no state like it.</summary>
    /// <param name="parameter">Its number.</param>
    public IReadOnlyList<long>? Shape(long parameter) =>
        State.GetValueOrDefault(parameter)?.Where(s => s.Key != "step").Select(s => s.Value).OfType<Tensor>().FirstOrDefault()?.shape;

    /// <summary>Whether a dictionary has the form of an optimizer's state_dict.</summary>
    internal static bool IsOptimizer(PickleDict dictionary) => dictionary[States] is PickleDict && dictionary[ParameterGroups] is List<object?>;

    /// <summary>The optimizer in a checkpoint: the only one, or the one whose parameters have the shapes of the weights.</summary>
    /// <returns>The optimizer, or null; and what to know about the choice.</returns>
    internal static (SavedOptimizerState? Optimizer, IReadOnlyList<string> Notes) Find(PickleDict content, IReadOnlyDictionary<string, Tensor> weights)
    {
        var all = new List<(string Name, SavedOptimizerState? Optimizer)>();
        NamedTensors.Visit(content, (name, value) =>
        {
            if (value is PickleDict dictionary && IsOptimizer(dictionary))
            {
                all.Add((name, Of(dictionary)));
            }
        });
        var readable = all.Where(o => o.Optimizer is not null).ToList();
        var fitting = readable.Where(o => o.Optimizer!.Fits(weights)).ToList();
        return (all, readable, fitting) switch
        {
            ([], _, _) => (null, []),
            ([var only], [], _) => (null, [$"its optimizer \"{Excerpt.Of(only.Name)}\" does not number its parameters, and is not read"]),
            ([_], [var only], _) => (only.Optimizer, []),
            (_, _, [var only]) => (only.Optimizer, [$"of its {all.Count} optimizers, \"{Excerpt.Of(only.Name)}\" has parameters like the weights"]),
            _ => (null, [$"{(fitting.Count == 0 ? "none" : "more than one")} of its optimizers ({Excerpt.OfList(all.Select(o => o.Name))}) "
                + "has parameters like the weights, so no optimizer is read"]),
        };
    }

    private static SavedOptimizerState? Of(PickleDict dictionary)
    {
        var groups = ((List<object?>)dictionary[ParameterGroups]!).Select(SavedOptimizerGroup.Of).ToList();
        if (groups.Contains(null))
        {
            return null;
        }

        var states = new Dictionary<long, IReadOnlyDictionary<string, object>>();
        foreach (var (key, value) in ((PickleDict)dictionary[States]!).Items)
        {
            if (key is not long number || value is not PickleDict state)
            {
                return null;
            }

            states.Add(number, state.Items.Where(i => i is { Key: string, Value: Tensor or double or long })
                .ToDictionary(i => (string)i.Key, i => i.Value is long whole ? (double)whole : i.Value!));
        }

        return new SavedOptimizerState(groups!, states);
    }

    /// <summary>Whether the weights have a tensor for each parameter, of its shape where that is known.</summary>
    private bool Fits(IReadOnlyDictionary<string, Tensor> weights)
    {
        var left = weights.Values.CountBy(t => Text(t.shape)).ToDictionary();
        var taken = Parameters.Select(Shape).OfType<IReadOnlyList<long>>().CountBy(Text);
        return Parameters.Count() <= weights.Count && taken.All(shape => left.GetValueOrDefault(shape.Key) >= shape.Value);

        static string Text(IReadOnlyList<long> shape) => string.Join(',', shape);
    }
}
