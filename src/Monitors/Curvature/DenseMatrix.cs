using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>The whole matrix of an operator, for small d.</summary>
public static class DenseMatrix
{
    /// <summary>The matrix of <paramref name="operation"/>, shape [d, d], symmetrized. Cost: d products and d² numbers.</summary>
    /// <exception cref="ArgumentException">d is above <paramref name="limit"/>.</exception>
    public static Tensor Of(ILinearOperator operation, long limit = 5_000)
    {
        if (operation.Dimension > limit)
        {
            throw new ArgumentException($"a dense matrix of {operation.Dimension} parameters would hold {operation.Dimension * operation.Dimension} numbers; the limit is {limit} parameters");
        }

        using var scope = NewDisposeScope();
        var matrix = operation.Apply(eye(operation.Dimension, dtype: operation.DataType, device: operation.Device));
        return ((matrix + matrix.t()) * Scalar(0.5)).MoveToOuterDisposeScope();
    }
}
