using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// The parameters by which a loss is differentiated, read from their source before each step: parameters may be frozen and unfrozen, replaced
/// or added during training. A tensor that is listed twice counts once; one that requires no gradient does not count.
/// </summary>
/// <param name="source">The parameters with their names; null for a parameter without one.</param>
internal sealed class ParameterSet(Func<IEnumerable<(string? Name, Tensor Tensor)>> source)
{
    private IReadOnlyList<Member> _members = [];

    /// <summary>The parameters that require gradients, in the order of the source.</summary>
    public IReadOnlyList<Tensor> Tensors { get; private set; } = [];

    /// <summary>d, how many numbers they hold.</summary>
    public long Dimension { get; private set; }

    /// <summary>Why their curvature cannot be measured, as a sentence, or null.</summary>
    public string? Problem { get; private set; } = "the parameters have not been read yet";

    /// <summary>Whether they have a dtype too narrow for curvature: then the loss alone is recorded.</summary>
    public bool IsNarrow => Tensors.Any(t => Narrow(t.dtype));

    /// <summary>Reads the set again.</summary>
    /// <returns>What has changed since the last time, as a sentence; null where nothing has, and the first time.</returns>
    public string? Refresh()
    {
        var listed = source().Select((p, i) => (Name: p.Name ?? $"parameter {i}", p.Tensor)).ToList();
        var disposed = listed.Where(p => p.Tensor.IsInvalid).Select(p => p.Name).ToList();
        var before = _members;
        _members = [.. listed.Where(p => !p.Tensor.IsInvalid && p.Tensor.requires_grad).Select(p => new Member(p.Name, p.Tensor)).DistinctBy(m => m.Handle)];
        Tensors = [.. _members.Select(m => m.Tensor)];
        Dimension = _members.Sum(m => m.Numbers);
        Problem = Check(disposed);
        return before.Count == 0 ? null : Changes(before);
    }

    /// <summary>Names and sizes, in order.</summary>
    public IReadOnlyList<ParameterPart> Parts => [.. _members.Select(m => new ParameterPart(m.Name, m.Numbers))];

    private string? Check(IReadOnlyList<string> disposed)
    {
        if (_members.Count == 0)
        {
            return disposed.Count > 0
                ? $"every watched parameter has been disposed ({Listed(disposed)}): watch the module, so that replaced parameters are found"
                : "no watched parameter requires gradients";
        }

        var first = _members[0].Tensor;
        return _members.FirstOrDefault(m => Narrow(m.Tensor.dtype)) is { } narrow
            ? $"{narrow.Name} is {FloatingPoint.Name(narrow.Tensor.dtype)}, in which curvature is lost in rounding: watch a float32 copy of the network with a "
                + "loss of its own (copy the weights before each observation)"
            : _members.FirstOrDefault(m => m.Tensor.dtype != first.dtype) is { } typed
            ? $"{_members[0].Name} is {FloatingPoint.Name(first.dtype)} and {typed.Name} is {FloatingPoint.Name(typed.Tensor.dtype)}: all watched parameters "
                + "must have one dtype"
            : _members.FirstOrDefault(m => m.Tensor.device.ToString() != first.device.ToString()) is { } moved
            ? $"{_members[0].Name} is on {first.device} and {moved.Name} on {moved.Tensor.device}: all watched parameters must be on one device"
            : null;
    }

    private string? Changes(IReadOnlyList<Member> before)
    {
        var (old, now) = (before.ToDictionary(m => m.Handle), _members.ToDictionary(m => m.Handle));
        var (lost, found) = (before.Where(m => !now.ContainsKey(m.Handle)).ToList(), _members.Where(m => !old.ContainsKey(m.Handle)).ToList());
        var replaced = found.Where(m => lost.Any(l => l.Name == m.Name)).ToList();
        List<string> parts = [];
        Add("replaced", replaced);
        Add("no longer watched (frozen or removed)", lost.Where(l => replaced.All(r => r.Name != l.Name)));
        Add("watched from here on", found.Except(replaced));
        return parts.Count > 0 ? $"the watched parameters have changed: {string.Join("; ", parts)}"
            : before.Select(m => m.Handle).SequenceEqual(_members.Select(m => m.Handle)) ? null
            : "the order of the watched parameters has changed";

        void Add(string what, IEnumerable<Member> members)
        {
            if (members.Select(m => m.Name).ToList() is { Count: > 0 } names)
            {
                parts.Add($"{Listed(names)} {what}");
            }
        }
    }

    private static bool Narrow(ScalarType type) => type is not (ScalarType.Float32 or ScalarType.Float64);

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count <= 4 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more";

    /// <summary>One parameter; its handle identifies the tensor, whichever managed object holds it.</summary>
    private sealed record Member(string Name, Tensor Tensor)
    {
        public IntPtr Handle { get; } = Tensor.Handle;

        public long Numbers { get; } = Tensor.numel();
    }
}
