using static TorchSharp.torch;

namespace LossSpikes.Monitors.Tensors;

/// <summary>One vector of shape [d] for a list of tensors, in their order, each in row-major order.</summary>
internal static class FlatVector
{
    /// <summary>A new vector with the content of all <paramref name="tensors"/>; sparse ones, such as gradients of embeddings, are filled with zeros.</summary>
    public static Tensor Join(IReadOnlyList<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        var parts = tensors.Select(t => (t.is_sparse ? t.to_dense() : t).reshape(-1)).ToArray();

        // TorchSharp's cat of one tensor is that tensor, here a view of it.
        return (parts.Length == 1 ? parts[0].clone() : cat(parts)).MoveToOuterDisposeScope();
    }

    /// <summary>The Euclidean norm, summed in float64.</summary>
    public static double Norm(Tensor vector)
    {
        using var scope = NewDisposeScope();
        return vector.to(ScalarType.Float64).norm().item<double>();
    }

    /// <summary>Views of <paramref name="vector"/> in the shapes of <paramref name="like"/>.</summary>
    public static Tensor[] Split(Tensor vector, IReadOnlyList<Tensor> like)
    {
        var dimension = like.Sum(t => t.numel());
        if (vector.dim() != 1 || vector.shape[0] != dimension)
        {
            throw new ArgumentException($"a vector of shape [{string.Join(", ", vector.shape)}] does not fit {dimension} parameters");
        }

        var parts = new Tensor[like.Count];
        long at = 0;
        for (var i = 0; i < like.Count; i++)
        {
            var length = like[i].numel();
            using var part = vector.narrow(0, at, length);
            parts[i] = part.view(like[i].shape);
            at += length;
        }

        return parts;
    }
}
