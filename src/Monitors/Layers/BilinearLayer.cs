using LossSpikes.Monitors.Autograd;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// y = B(x, W) + b with a bilinear B, such as a convolution by libtorch's own kernels. Its second derivatives are first ones of B:
/// R{y} = B(x, V) + B(R{x}, W), and R of its backward pass is the pass of B(x, W) with R{∂f/∂y} and that of B(R{x}, V) with ∂f/∂y.
/// </summary>
/// <param name="apply">B(x, W) + b; no b for null.</param>
/// <param name="weight">W.</param>
/// <param name="bias">b, or null.</param>
internal sealed class BilinearLayer(Func<Tensor, Tensor, Tensor?, Tensor> apply, Tensor weight, Tensor? bias) : Layer
{
    private readonly Tensor[] _parameters = bias is null ? [weight] : [weight, bias];
    private Tensor? _x, _y, _error;
    private Tensor[] _gradient = [];
    private Tensor? _moved, _v, _cross; // R{x}, V and B of them

    public override IEnumerable<Tensor?> Kept => [_x, _y, _error, .. _gradient];

    public override Tensor Forward(Tensor x)
    {
        using var differentiable = enable_grad();
        _x = Leaf(x.contiguous());
        _y = apply(_x, weight, bias);
        return _y.detach();
    }

    public override Tensor? Backward(Tensor error, bool toInput, bool curvature)
    {
        _error = error.contiguous();
        (_gradient, var back) = Backward(_error, toInput);
        return back;
    }

    public override void AddGradient(Tensor[] sum) => Add(sum, _gradient);

    public override Tensor ForwardAlong(Tensor? moved, Tensor[] v)
    {
        var turned = apply(_x!, v[0], v.ElementAtOrDefault(1));
        if (moved is null)
        {
            return turned;
        }

        using var differentiable = enable_grad();
        (_moved, _v) = (Leaf(moved.contiguous()), Leaf(v[0]));
        _cross = apply(_moved, _v, null);
        return turned.add_(apply(_moved.detach(), weight.detach(), null), alpha: Scalar(1));
    }

    public override Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum)
    {
        var (parts, back) = Backward(turned.contiguous(), toInput);
        Add(sum, parts);
        if (back is null)
        {
            return null;
        }

        var cross = Differentiation.Differentiate([_cross!], [_v!, _moved!], [_error!]);
        sum[0].add_(cross[0], alpha: Scalar(1));
        return back.add_(cross[1], alpha: Scalar(1));
    }

    private (Tensor[] Parameters, Tensor? Input) Backward(Tensor error, bool toInput)
    {
        var parts = Differentiation.Differentiate([_y!], toInput ? [.. _parameters, _x!] : _parameters, [error], keepGraph: true);
        return (parts[.._parameters.Length], parts.ElementAtOrDefault(_parameters.Length));
    }

    private static Tensor Leaf(Tensor x) => x.detach().requires_grad_();

    private static void Add(Tensor[] sum, Tensor[] parts)
    {
        foreach (var (whole, part) in sum.Zip(parts))
        {
            whole.add_(part, alpha: Scalar(1));
        }
    }
}
