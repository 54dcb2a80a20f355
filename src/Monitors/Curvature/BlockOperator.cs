using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>The block of a matrix that belongs to some components. Its largest eigenvalue is at most that of the matrix. Cost of a product: one of A.</summary>
/// <param name="matrix">A.</param>
/// <param name="block">The components.</param>
internal sealed class BlockOperator(ILinearOperator matrix, ParameterBlock block) : ILinearOperator
{
    public long Dimension => block.Dimension;

    public ScalarType DataType => matrix.DataType;

    public Device Device => matrix.Device;

    public Tensor Apply(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        return block.Take(matrix.Apply(block.Embed(vectors, matrix.Dimension))).MoveToOuterDisposeScope();
    }
}
