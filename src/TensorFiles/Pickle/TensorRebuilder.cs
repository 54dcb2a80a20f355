using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>Makes tensors from a pickle's descriptions: views of storages, each of which is read once, so that shared storages stay shared.</summary>
/// <param name="load">Reads the storage with a key, of a type and a number of elements.</param>
/// <param name="budget">The bytes that all tensors together may span.</param>
internal sealed class TensorRebuilder(Func<string, TensorType, long, Tensor> load, ByteBudget budget)
{
    private const int MostDimensions = 64; // libtorch's own limit

    private readonly Dictionary<(string Key, TensorType Type), Tensor> _storages = [];

    /// <summary>The storage that a persistent id describes: <c>('storage', class, key, device, elements)</c>.</summary>
    public static object Storage(object?[] id)
    {
        if (id is not ["storage", PickleGlobal type, string key, string, long count] || count < 0
            || (type.Type is null && type != PickleGlobal.UntypedStorage))
        {
            throw new InvalidDataException("its pickle describes a storage in a way that torch.save does not");
        }

        return new StorageReference(type.Type, key, count);
    }

    /// <summary>Calls one of torch's functions that rebuild tensors.</summary>
    public Tensor Tensor(PickleGlobal function, object?[] arguments) => (function, arguments) switch
    {
        _ when function == PickleGlobal.RebuildTensor
            && arguments is [StorageReference { Type: { } type } storage, long offset, object?[] size, object?[] stride] =>
            View(storage, type, offset, size, stride, false),
        _ when function == PickleGlobal.RebuildTensor2
            && arguments is [StorageReference { Type: { } type } storage, long offset, object?[] size, object?[] stride, bool gradient,
                PickleDict, ..] =>
            View(storage, type, offset, size, stride, gradient),
        _ when function == PickleGlobal.RebuildTensor3
            && arguments is [StorageReference { Type: null } storage, long offset, object?[] size, object?[] stride, bool gradient,
                PickleDict, PickleGlobal { Type: { } type }, ..] =>
            View(storage, type, offset, size, stride, gradient),
        _ => throw new InvalidDataException($"its pickle calls {function.Module}.{function.Name} with arguments that torch.save does not give"),
    };

    /// <summary>Sets requires_grad of a tensor and returns it; a Parameter of Python is read as such a tensor.</summary>
    public static Tensor WithGradient(Tensor tensor, bool gradient)
    {
        if (gradient && !TensorType.Of(tensor.dtype).IsDifferentiable)
        {
            throw new InvalidDataException($"a tensor of dtype {TensorType.Of(tensor.dtype).Name} cannot require gradients");
        }

        tensor.requires_grad = gradient;
        return tensor;
    }

    private Tensor View(StorageReference storage, TensorType type, long offset, object?[] size, object?[] stride, bool gradient)
    {
        var (shape, strides) = (Numbers(size), Numbers(stride));
        var (count, rest) = storage.Type is null ? Math.DivRem(storage.Count, type.Size) : (storage.Count, 0);
        try
        {
            var isEmpty = shape.Contains(0);
            var end = isEmpty
                ? offset
                : shape.Zip(strides).Aggregate(checked(offset + 1), (at, dimension) => checked(at + (dimension.First - 1) * dimension.Second));
            if (rest != 0 || offset < 0 || end > count || shape.Length != strides.Length || shape.Length > MostDimensions)
            {
                throw Outside();
            }

            // Libtorch multiplies all sizes, also where one of them is zero: the others must not overflow.
            var bytes = shape.Aggregate((long)type.Size, (product, n) => checked(product * Math.Max(n, 1)));
            budget.Spend(isEmpty ? 0 : bytes, $"a tensor of shape [{Excerpt.OfList(shape)}]");
        }
        catch (OverflowException)
        {
            throw Outside();
        }

        return WithGradient(Load(storage.Key, type, count).as_strided(shape, strides, offset), gradient);

        InvalidDataException Outside() => new(
            $"a tensor of shape [{Excerpt.OfList(shape)}], strides [{Excerpt.OfList(strides)}] and offset {offset}"
            + $" does not fit into its storage of {count} elements");
    }

    private Tensor Load(string key, TensorType type, long count)
    {
        if (!_storages.TryGetValue((key, type), out var storage))
        {
            storage = load(key, type, count);
            _storages.Add((key, type), storage);
        }

        return storage.numel() == count ? storage : throw new InvalidDataException($"storage {Excerpt.Of(key)} has two lengths, {storage.numel()} and {count}");
    }

    private static long[] Numbers(object?[] values) =>
        [.. values.Select(v => v is long and >= 0 ? (long)v : throw new InvalidDataException("a size or stride in it is not a whole number from 0 on"))];

    private sealed record StorageReference(TensorType? Type, string Key, long Count);
}
