using LossSpikes.Monitors.Autograd;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>
/// One pass forward and back through a dense network at its present parameters and, with the tensors it keeps, products of
/// the Hessian with vectors by the R-operator (Pearlmutter 1994, Fast Exact Multiplication by the Hessian): the derivative
/// along v of every line of backpropagation, R{x} standing for that of x. It needs no graph but that of the loss on the outputs.
/// </summary>
/// <remarks>Memory: five numbers for every example and unit. The parameters must stay as they are for as long as it is used.</remarks>
internal sealed class MlpPass : IDisposable
{
    private readonly IReadOnlyList<MlpLayer> _layers;
    private readonly Tensor[] _kept;
    private readonly Tensor[] _inputs; // x of each layer
    private readonly Tensor[] _errors; // δ = ∂f/∂z, z = x·Wᵀ + b
    private readonly Tensor?[] _slopes; // φ′(z); none for the identity
    private readonly Tensor?[] _bends; // φ″(z) ⊙ ∂f/∂φ(z); none where it is zero
    private readonly Tensor[] _lossGradient;

    /// <summary>Passes through the network. Cost: one gradient.</summary>
    /// <param name="layers">The network.</param>
    /// <param name="inputs">The examples, shape [n, features].</param>
    /// <param name="loss">f, given the outputs, shape [n, outputs].</param>
    /// <param name="curvature">Whether <see cref="AddProduct"/> will be called.</param>
    public MlpPass(IReadOnlyList<MlpLayer> layers, Tensor inputs, Func<Tensor, Tensor> loss, bool curvature)
    {
        var count = layers.Count;
        _layers = layers;
        (_inputs, _errors, _slopes, _bends) = (new Tensor[count], new Tensor[count], new Tensor?[count], new Tensor?[count]);
        var sums = new Tensor[count]; // z
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            var x = inputs.alias();
            for (var i = 0; i < count; i++)
            {
                var linear = layers[i].Linear;
                _inputs[i] = x;
                sums[i] = nn.functional.linear(x, linear.weight, linear.bias);
                x = layers[i].Activation?.Value(sums[i]) ?? sums[i];
            }
        }

        Outputs = sums[^1].requires_grad_();
        Loss = loss(Outputs);
        _lossGradient = Differentiation.Differentiate([Loss], [Outputs], differentiable: curvature);
        using (no_grad())
        {
            _errors[^1] = _lossGradient[0].detach();
            for (var i = count - 1; i > 0; i--)
            {
                var back = _errors[i].mm(layers[i].Linear.weight);
                var (z, a, phi) = (sums[i - 1], _inputs[i], layers[i - 1].Activation);
                _slopes[i - 1] = phi?.Slope(z, a);
                _bends[i - 1] = curvature ? phi?.Bend?.Invoke(z, a, _slopes[i - 1]!).mul_(back) : null;
                _errors[i - 1] = _slopes[i - 1] is { } slope ? back.mul_(slope) : back;
            }
        }

        // An identity returns its input, which must be released only once.
        _kept = [.. new[] { Outputs, Loss }.Concat(_inputs).Concat(_errors).Concat(_slopes).Concat(_bends).Concat(_lossGradient).OfType<Tensor>().Distinct()];
        scope.Detach(_kept);
    }

    /// <summary>The outputs of the network, shape [n, outputs].</summary>
    public Tensor Outputs { get; }

    /// <summary>f, one number.</summary>
    public Tensor Loss { get; }

    /// <summary>Adds the gradient to <paramref name="sum"/>, one tensor for each parameter.</summary>
    public void AddGradient(Tensor[] sum)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _layers.Count; i++)
        {
            var (weight, bias) = _layers[i].Of(sum);
            weight.addmm_(_errors[i].t(), _inputs[i], 1, 1);
            bias?.add_(_errors[i].sum(0L), alpha: Scalar(1));
        }
    }

    /// <summary>Adds H·v to <paramref name="sum"/>; both have one tensor for each parameter. Cost: one HVP.</summary>
    public void AddProduct(Tensor[] v, Tensor[] sum)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var count = _layers.Count;
        var (moved, turned) = (new Tensor?[count], new Tensor[count]); // R{x}, zero for the examples, and R{z}
        for (var i = 0; i < count; i++)
        {
            var (weight, bias) = _layers[i].Of(v);
            turned[i] = nn.functional.linear(_inputs[i], weight, bias);
            if (moved[i] is not null)
            {
                turned[i].addmm_(moved[i]!, _layers[i].Linear.weight.t(), 1, 1);
            }

            if (i + 1 < count)
            {
                moved[i + 1] = _slopes[i] is { } slope ? turned[i] * slope : turned[i];
            }
        }

        var error = Differentiation.Differentiate(_lossGradient, [Outputs], [turned[^1]], keepGraph: true)[0]; // R{δ}
        for (var i = count - 1; i >= 0; i--)
        {
            var (weight, bias) = _layers[i].Of(sum);
            weight.addmm_(error.t(), _inputs[i], 1, 1);
            bias?.add_(error.sum(0L), alpha: Scalar(1));
            if (moved[i] is null)
            {
                continue;
            }

            weight.addmm_(_errors[i].t(), moved[i]!, 1, 1);
            error = error.mm(_layers[i].Linear.weight).addmm_(_errors[i], _layers[i].Of(v).Weight, 1, 1);
            error = _slopes[i - 1] is { } slope ? error.mul_(slope) : error;
            error = _bends[i - 1] is { } bend ? error.addcmul_(bend, turned[i - 1], Scalar(1)) : error;
        }
    }

    /// <summary>Releases everything that was kept; the examples are the caller's.</summary>
    public void Dispose()
    {
        foreach (var tensor in _kept)
        {
            tensor.Dispose();
        }
    }
}
