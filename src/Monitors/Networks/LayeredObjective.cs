using LossSpikes.Monitors.Layers;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>
/// The full-batch loss of a network of known layers whose gradients and Hessian–vector products are written out: to rounding the numbers
/// that autograd gives, for less. Third derivatives remain autograd's.
/// </summary>
/// <param name="batch">The network and its examples.</param>
/// <param name="network">The network, layer by layer.</param>
internal sealed class LayeredObjective(FullBatch batch, LayeredNetwork network) : IObjective
{
    private readonly AutogradObjective _plain = batch.PlainObjective();
    private LayeredNetwork? _network = network;

    public long Dimension => _plain.Dimension;

    public IReadOnlyList<ParameterPart> Parts => _plain.Parts;

    public double LossScale => _plain.LossScale;

    public ScalarType DataType => _plain.DataType;

    public Device Device => _plain.Device;

    public Tensor GetParameters() => _plain.GetParameters();

    public void SetParameters(Tensor point) => _plain.SetParameters(point);

    public IDerivatives Evaluate(bool curvature) =>
        _network is null ? _plain.Evaluate(curvature) : new LayeredDerivatives(batch, _network, _plain, curvature);

    public double EvaluateLoss() => _plain.EvaluateLoss();

    public string? Refresh()
    {
        var changes = _plain.Refresh();
        _network = changes is null ? _network : batch.Layers;
        return changes;
    }

    public IReadOnlyList<string> TakeNotices() => _plain.TakeNotices();

    /// <summary>Does nothing: network and data are the caller's.</summary>
    public void Dispose()
    {
    }
}
