using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>a = φ(z), number by number.</summary>
internal sealed class ActivationLayer(Activation phi) : Layer
{
    private Tensor? _z, _a;
    private Tensor? _slope; // φ′(z)
    private Tensor? _bend; // φ″(z) ⊙ ∂f/∂a; none where it is zero
    private Tensor? _moved;

    public override IEnumerable<Tensor?> Kept => [_slope, _bend];

    public override Tensor Forward(Tensor x)
    {
        (_z, _a) = (x, phi.Value(x));
        return _a;
    }

    public override Tensor? Backward(Tensor error, bool toInput, bool curvature)
    {
        _slope = phi.Slope(_z!, _a!);
        _bend = curvature ? phi.Bend?.Invoke(_z!, _a!, _slope).mul_(error) : null;
        return error.mul_(_slope);
    }

    public override Tensor ForwardAlong(Tensor? moved, Tensor[] v)
    {
        _moved = moved;
        return moved! * _slope!;
    }

    public override Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum)
    {
        turned.mul_(_slope!);
        return _bend is null ? turned : turned.addcmul_(_bend, _moved!, Scalar(1));
    }
}
