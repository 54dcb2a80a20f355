using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>All entries of an operator's matrix, for small d.</summary>
public static class DenseMatrix
{
    /// <summary>The entries of <paramref name="matrix"/>, shape [d, d], symmetrized. Cost: d HVPs, in one call, and memory for d² numbers.</summary>
    /// <exception cref="ArgumentException">d is above <paramref name="limit"/>.</exception>
    public static Tensor Of(ILinearOperator matrix, long limit = 5_000)
    {
        using var scope = NewDisposeScope();
        var dense = Products(matrix, limit);
        return (dense.Plus(dense.t()) * Scalar(0.5)).MoveToOuterDisposeScope();
    }

    /// <summary>The same as it was computed, not symmetrized: row i is the product with the i-th unit vector.</summary>
    internal static Tensor Products(ILinearOperator matrix, long limit = 5_000)
    {
        if (matrix.Dimension > limit)
        {
            var d = matrix.Dimension;
            throw new ArgumentException($"a dense matrix of {d} parameters would hold {d * d} numbers; the limit is {limit} parameters");
        }

        using var scope = NewDisposeScope();
        return matrix.Apply(eye(matrix.Dimension, dtype: matrix.DataType, device: matrix.Device)).MoveToOuterDisposeScope();
    }
}
