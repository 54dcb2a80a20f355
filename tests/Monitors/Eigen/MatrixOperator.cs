using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>A matrix that counts its products.</summary>
internal sealed class MatrixOperator(Tensor matrix) : ILinearOperator
{
    public long Dimension => matrix.shape[0];

    public ScalarType DataType => matrix.dtype;

    public Device Device => matrix.device;

    public int Products { get; private set; }

    public Tensor Apply(Tensor vectors)
    {
        Products += (int)vectors.shape[0];
        return vectors.mm(matrix);
    }
}
