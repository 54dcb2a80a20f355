using LossSpikes.TensorFiles.Pickle;
using TorchSharp.Modules;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>
/// An optimizer's state_dict as Python has it: <c>{"state": {index: {name: value}}, "param_groups": [{…, "params": [index, …]}]}</c>.
/// Parameters have no names in it; they are matched by their positions.
/// </summary>
internal static class OptimizerStates
{
    /// <summary>The state_dict of <paramref name="optimizer"/>; its tensors stay the optimizer's.</summary>
    /// <exception cref="NotSupportedException">The kind of optimizer is not known here.</exception>
    public static PickleDict Of(OptimizerHelper optimizer)
    {
        var (dictionary, states) = (optimizer.state_dict(), new PickleDict());
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

        return new PickleDict { ["state"] = states, ["param_groups"] = groups };
    }

    /// <summary>Checks a whole state_dict, then copies it into the optimizer.</summary>
    /// <exception cref="InvalidDataException">The content is no state_dict, or has other values than this kind of optimizer.</exception>
    /// <exception cref="WeightsMismatchException">Content and optimizer differ in the number of groups or of parameters.</exception>
    public static void Load(OptimizerHelper optimizer, object? content)
    {
        if (content is not PickleDict dictionary
            || dictionary["state"] is not PickleDict states
            || dictionary["param_groups"] is not List<object?> groups)
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
            if (given is not PickleDict group || group["params"] is not List<object?> keys || keys.Any(k => k is not long))
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
                var state = states[key!] as PickleDict;
                plan.AddRange(OptimizerLayout.State(target.State[index], parameters[index]).Select(slot => slot.Plan(state?[slot.Name])));
            }
        }

        plan.ForEach(take => take());
    }

    private static PickleDict Filled(IEnumerable<OptimizerSlot> slots)
    {
        var filled = new PickleDict();
        foreach (var slot in slots)
        {
            filled[slot.Name] = slot.Value;
        }

        return filled;
    }
}
