using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.DenseNetworks;

/// <summary>
/// The full-batch loss of a dense network whose gradients and Hessian–vector products are written out: to rounding the numbers
/// that autograd gives, for less. Third derivatives remain autograd's.
/// </summary>
/// <param name="batch">The network and its examples.</param>
/// <param name="layers">The network, layer by layer.</param>
internal sealed class DenseObjective(FullBatch batch, IReadOnlyList<DenseLayer> layers) : IObjective
{
    private readonly AutogradObjective _plain = batch.PlainObjective();

    public long Dimension => _plain.Dimension;

    public ScalarType DataType => _plain.DataType;

    public Device Device => _plain.Device;

    public Tensor Point() => _plain.Point();

    public void MoveTo(Tensor point) => _plain.MoveTo(point);

    public IExpansion Expand(bool curvature) => new DenseExpansion(batch, layers, _plain, curvature);

    /// <summary>Does nothing: network and data are the caller's.</summary>
    public void Dispose()
    {
    }
}
