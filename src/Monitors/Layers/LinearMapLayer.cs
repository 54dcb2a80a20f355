using LossSpikes.Monitors.Autograd;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// A layer without parameters that is linear near almost every input, such as pooling and a change of shape. Its own backward pass applies the
/// transposed matrix.
/// </summary>
/// <param name="apply">The layer.</param>
/// <param name="always">
/// Whether the matrix is the same for all inputs. If not, as in max pooling, it is applied as the derivative by the error of the backward pass.
/// </param>
internal sealed class LinearMapLayer(Func<Tensor, Tensor> apply, bool always) : Layer
{
    private Tensor? _x, _y;
    private Tensor? _error, _transposed; // any error, and the matrix transposed times it

    public override IEnumerable<Tensor?> Kept => [_x, _y, _error, _transposed];

    public override Tensor Forward(Tensor x)
    {
        using var differentiable = enable_grad();
        _x = x.detach().requires_grad_();
        _y = apply(_x);
        return _y.detach();
    }

    public override Tensor? Backward(Tensor error, bool toInput, bool curvature)
    {
        if (curvature && !always)
        {
            _error = zeros_like(error).requires_grad_();
            _transposed = Differentiation.Differentiate([_y!], [_x!], [_error], differentiable: true)[0];
        }

        return Transposed(error);
    }

    public override Tensor ForwardAlong(Tensor? moved, Tensor[] v) => always
        ? apply(moved!)
        : Differentiation.Differentiate([_transposed!], [_error!], [moved!], keepGraph: true)[0];

    public override Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum) => Transposed(turned);

    private Tensor Transposed(Tensor error) => Differentiation.Differentiate([_y!], [_x!], [error], keepGraph: true)[0];
}
