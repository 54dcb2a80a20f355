using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// What a loss function captures: the local variables that it assigns, and the modules among all that it captures and among the fields of its
/// object. So that an evaluation by the monitor leaves the variables of the training loop as they were, and the buffers of its modules are found.
/// </summary>
/// <remarks>Variables that it does not assign itself are not touched: another thread may set one meanwhile, such as a request to stop.</remarks>
internal sealed class CapturedState
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly List<(object Owner, FieldInfo Field)> _variables = [];
    private readonly List<object> _owners = [];
    private readonly byte[] _code;

    public CapturedState(Delegate function)
    {
        _code = function.Method.GetMethodBody()?.GetILAsByteArray() ?? [];
        if (function.Target is { } target)
        {
            Add(target);
        }
    }

    /// <summary>The modules that the function can reach directly.</summary>
    public IEnumerable<nn.Module> Modules => _owners
        .SelectMany(owner => owner.GetType().GetFields(Fields).Select(member => member.GetValue(owner)))
        .OfType<nn.Module>().Distinct();

    /// <summary>The present values of the captured variables; the action puts them back.</summary>
    public Action Save()
    {
        var values = _variables.Select(v => v.Field.GetValue(v.Owner)).ToArray();
        return () =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                _variables[i].Field.SetValue(_variables[i].Owner, values[i]);
            }
        };
    }

    /// <summary>The compiler keeps captured variables as fields of an object of its own; of another object, only the modules matter.</summary>
    private void Add(object owner)
    {
        _owners.Add(owner);
        if (!owner.GetType().IsDefined(typeof(CompilerGeneratedAttribute)))
        {
            return;
        }

        foreach (var field in owner.GetType().GetFields(Fields))
        {
            if (field.GetValue(owner) is { } inner && inner.GetType().IsDefined(typeof(CompilerGeneratedAttribute)) && inner is not Delegate)
            {
                Add(inner);
            }
            else if (IsAssigned(field))
            {
                _variables.Add((owner, field));
            }

            // An object whose method is the function, or whose method made it.
            if (field.Name.EndsWith("__this", StringComparison.Ordinal) && field.GetValue(owner) is { } self)
            {
                _owners.Add(self);
            }
        }
    }

    /// <summary>Whether the function has an instruction that stores into a field: stfld (ECMA-335 III.4.28) with its token.</summary>
    private bool IsAssigned(FieldInfo field)
    {
        const byte StoreField = 0x7D;
        ReadOnlySpan<byte> store = [StoreField, .. BitConverter.GetBytes(field.MetadataToken)];
        return _code.AsSpan().IndexOf(store) >= 0;
    }
}
