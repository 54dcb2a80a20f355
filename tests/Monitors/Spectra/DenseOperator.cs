using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Spectra;

/// <summary>A matrix that is given by its entries.</summary>
internal sealed class DenseOperator(Tensor matrix) : ILinearOperator
{
    public long Dimension => matrix.shape[0];

    public ScalarType DataType => matrix.dtype;

    public Device Device => matrix.device;

    public Tensor Apply(Tensor vectors) => vectors.mm(matrix);
}
