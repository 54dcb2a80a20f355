using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>A symmetric matrix, given by its entries, as an operator that counts its products.</summary>
/// <param name="matrix">Shape [d, d]; the caller's.</param>
internal sealed class MatrixOperator(Tensor matrix) : ILinearOperator
{
    public long Dimension => matrix.shape[0];

    public ScalarType DataType => matrix.dtype;

    public Device Device => matrix.device;

    /// <summary>Products made so far.</summary>
    public int MatVecs { get; private set; }

    public Tensor Apply(Tensor vectors)
    {
        MatVecs += (int)vectors.shape[0];
        return vectors.mm(matrix);
    }
}
