using LossSpikes.Lab.TensorFiles.Pickle;
using TorchSharp.Modules;

namespace LossSpikes.Lab.PyTorch;

/// <summary>
/// An optimizer's state_dict as Python has it: <c>{"state": {index: {name: value}}, "param_groups": [{…, "params": [index, …]}]}</c>.
/// Parameters have no names in it; they are matched by their positions.
/// </summary>
internal static class OptimizerStates
{
    /// <summary>The state_dict of <paramref name="optimizer"/>; its tensors stay the optimizer's.</summary>
    /// <exception cref="NotSupportedException">The kind of optimizer is not known here.</exception>
    public static PickleDictionary Of(OptimizerHelper optimizer)
    {
        var (dictionary, states) = (optimizer.state_dict(), new PickleDictionary());
        var groups = new List<object?>();
        foreach (var (index, (state, parameter)) in dictionary.State.Zip(optimizer.parameters()).Index())
        {
            var slots = OptimizerLayout.State(state, parameter).Where(s => s.Value is not null).ToList();
            if (slots.Count > 0)
            {
                states[(long)index] = Filled(slots);
            }
        }

        foreach (var (options, indices) in dictionary.Options.Zip(dictionary.StateIndexRef))
        {
            var group = Filled(OptimizerLayout.Options(options));
            group["params"] = indices.Select(i => (object?)(long)i).ToList();
            groups.Add(group);
        }

        return new PickleDictionary { ["state"] = states, ["param_groups"] = groups };
    }

    /// <summary>Takes over a state_dict, after all of it has been checked.</summary>
    /// <exception cref="InvalidDataException">It is none, or has other values than the optimizer's kind.</exception>
    /// <exception cref="WeightsMismatchException">Groups or parameters are not as many as the optimizer has.</exception>
    public static void Load(OptimizerHelper optimizer, object? content)
    {
        if (content is not PickleDictionary dictionary || dictionary["state"] is not PickleDictionary states || dictionary["param_groups"] is not List<object?> groups)
        {
            throw new InvalidDataException("it holds no state_dict of an optimizer, which has the keys state and param_groups");
        }

        var target = optimizer.state_dict();
        var parameters = optimizer.parameters().ToList();
        if (groups.Count != target.Options.Count)
        {
            throw new WeightsMismatchException($"the optimizer has {target.Options.Count} groups of parameters, and the file {groups.Count}");
        }

        var plan = new List<Action>();
        foreach (var (given, options, indices) in groups.Zip(target.Options, target.StateIndexRef))
        {
            if (given is not PickleDictionary group || group["params"] is not List<object?> keys || keys.Any(k => k is not long))
            {
                throw new InvalidDataException("a group in its param_groups has no list params of whole numbers");
            }

            if (keys.Count != indices.Count)
            {
                throw new WeightsMismatchException($"a group of the optimizer has {indices.Count} parameters, and in the file {keys.Count}");
            }

            plan.AddRange(OptimizerLayout.Options(options).Select(slot => slot.Plan(group[slot.Name])));
            foreach (var (key, index) in keys.Zip(indices))
            {
                var state = states[key!] as PickleDictionary;
                plan.AddRange(OptimizerLayout.State(target.State[index], parameters[index]).Select(slot => slot.Plan(state?[slot.Name])));
            }
        }

        plan.ForEach(take => take());
    }

    private static PickleDictionary Filled(IEnumerable<OptimizerSlot> slots)
    {
        var filled = new PickleDictionary();
        foreach (var slot in slots)
        {
            filled[slot.Name] = slot.Value;
        }

        return filled;
    }
}
