using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>y = x·Wᵀ + b over the last dimension.</summary>
internal sealed class DenseLayer(Linear linear) : Layer
{
    private Tensor? _x, _error; // [n, in], [n, out]
    private Tensor? _moved;
    private long[] _leading = []; // of the input and the output

    public override IEnumerable<Tensor?> Kept => [_x, _error];

    public override Tensor Forward(Tensor x)
    {
        (_x, _leading) = (x.flatten(0, -2), x.shape[..^1]);
        return nn.functional.linear(x, linear.weight, linear.bias);
    }

    public override Tensor? Backward(Tensor error, bool toInput, bool curvature)
    {
        _error = error.flatten(0, -2);
        return toInput ? _error.mm(linear.weight).view([.. _leading, -1]) : null;
    }

    public override void AddGradient(Tensor[] sum) => Add(sum, _error!, _x!);

    public override Tensor ForwardAlong(Tensor? moved, Tensor[] v)
    {
        _moved = moved?.flatten(0, -2);
        var turned = nn.functional.linear(_x!, v[0], v.ElementAtOrDefault(1));
        return (_moved is null ? turned : turned.addmm_(_moved, linear.weight!.t(), 1, 1)).view([.. _leading, -1]);
    }

    public override Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum)
    {
        var error = turned.flatten(0, -2);
        Add(sum, error, _x!);
        if (!toInput)
        {
            return null;
        }

        sum[0].addmm_(_error!.t(), _moved!, 1, 1);
        return error.mm(linear.weight).addmm_(_error, v[0], 1, 1).view([.. _leading, -1]);
    }

    private static void Add(Tensor[] sum, Tensor error, Tensor x)
    {
        sum[0].addmm_(error.t(), x, 1, 1);
        sum.ElementAtOrDefault(1)?.add_(error.sum(0L), alpha: Scalar(1));
    }
}
