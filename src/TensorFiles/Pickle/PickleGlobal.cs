using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>A name of a Python module that a pickle may mention, such as a dtype. It is only a name: nothing is imported or called.</summary>
/// <param name="Module">The module, such as <c>torch</c>.</param>
/// <param name="Name">The name in it, such as <c>float32</c>.</param>
public sealed record PickleGlobal(string Module, string Name)
{
    internal static readonly PickleGlobal
        OrderedDict = new("collections", "OrderedDict"),
        Size = new("torch", "Size"),
        RebuildTensor = new("torch._utils", "_rebuild_tensor"),
        RebuildTensor2 = new("torch._utils", "_rebuild_tensor_v2"),
        RebuildTensor3 = new("torch._utils", "_rebuild_tensor_v3"),
        RebuildParameter = new("torch._utils", "_rebuild_parameter"),
        RebuildParameterWithState = new("torch._utils", "_rebuild_parameter_with_state"),
        RebuildFromType = new("torch._tensor", "_rebuild_from_type_v2"),
        UntypedStorage = new("torch.storage", "UntypedStorage");

    private static readonly HashSet<PickleGlobal> Allowed =
    [
        OrderedDict, Size, RebuildTensor, RebuildTensor2, RebuildTensor3, RebuildParameter, RebuildParameterWithState, RebuildFromType, UntypedStorage,
        .. TensorType.All.Select(Storage), .. TensorType.All.Select(DataType),
    ];

    /// <summary>The element type this names as a storage class or as a dtype, or null.</summary>
    internal TensorType? Type => TensorType.All.FirstOrDefault(t => Storage(t) == this || DataType(t) == this);

    /// <summary>The storage class of an element type.</summary>
    internal static PickleGlobal Storage(TensorType type) => new("torch", type.Storage);

    /// <summary>The name, or an opaque value where it is none of those that tensors, dictionaries and sizes need.</summary>
    internal static object Named(string module, string name) =>
        Allowed.TryGetValue(new(module, name), out var known) ? known : new PickleOpaque(Excerpt.Of($"{module}.{name}"));

    private static PickleGlobal DataType(TensorType type) => new("torch", type.Name);
}
