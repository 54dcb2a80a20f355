using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>
/// The storages behind tensors, each once. TorchSharp does not tell where a storage ends: this set keeps each one from its start to
/// the last element that any of the tensors uses.
/// </summary>
internal sealed class StorageSet
{
    private readonly OrderedDictionary<(nint Start, ScalarType Type), (Tensor View, long Length)> _storages = [];

    /// <summary>A tensor of shape [elements] for each storage, in the order in which the first of its tensors was added.</summary>
    public IEnumerable<Tensor> All => _storages.Values.Select(s => s.View.as_strided([s.Length], [1], 0));

    /// <summary>How many elements a storage has so far.</summary>
    public long Length(int index) => _storages.GetAt(index).Value.Length;

    /// <summary>Adds a tensor on the CPU and returns the index of its storage.</summary>
    public int Add(Tensor tensor)
    {
        var end = tensor.numel() == 0 ? 0 : tensor.storage_offset() + 1 + tensor.shape.Zip(tensor.stride()).Sum(d => (d.First - 1) * d.Second);

        // Empty tensors share nothing: each gets a storage of its own, with a key that no address has.
        var key = (end == 0 ? -1 - _storages.Count : Start(tensor), tensor.dtype);
        var before = _storages.TryGetValue(key, out var known) ? known.Length : 0;
        _storages[key] = (tensor, Math.Max(before, end));
        return _storages.IndexOf(key);
    }

    private static nint Start(Tensor tensor)
    {
        using var first = tensor.as_strided([1], [1], 0);
        return Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(first.bytes));
    }
}
