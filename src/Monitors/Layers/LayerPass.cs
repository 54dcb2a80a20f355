using LossSpikes.Monitors.Autograd;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// One pass forward and back through a network at its present parameters and, with the tensors it keeps, products of
/// the Hessian with vectors by the rules of its layers. It needs no graph but that of the loss on the outputs.
/// </summary>
/// <remarks>
/// Memory: five numbers for every example and unit, and the patches of convolutions. The parameters must stay as they are for as long as it is used.
/// </remarks>
internal sealed class LayerPass : IDisposable
{
    private readonly IReadOnlyList<(Layer Layer, Range Parameters)> _layers;
    private readonly Tensor[] _kept;
    private readonly Tensor[] _lossGradient;
    private readonly int _first; // the first layer that has parameters: what is below it does not move

    /// <summary>Passes through the network. Cost: one gradient.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">The examples, shape [n, …].</param>
    /// <param name="loss">f, given the outputs, shape [n, …].</param>
    /// <param name="curvature">Whether <see cref="AddProduct"/> will be called.</param>
    public LayerPass(LayeredNetwork network, Tensor inputs, Func<Tensor, Tensor> loss, bool curvature)
    {
        _layers = network.Open();
        while (_layers[_first].Parameters is { Start: var start, End: var end } && start.Equals(end))
        {
            _first++;
        }

        using var scope = NewDisposeScope();
        using (no_grad())
        {
            Outputs = _layers.Aggregate(inputs.alias(), (x, l) => l.Layer.Forward(x)).detach().requires_grad_();
        }

        Loss = loss(Outputs);
        _lossGradient = Differentiation.Differentiate([Loss], [Outputs], differentiable: curvature);
        using (no_grad())
        {
            var error = _lossGradient[0].detach().clone();
            for (var i = _layers.Count - 1; i >= _first; i--)
            {
                error = _layers[i].Layer.Backward(error, i > _first, curvature)!;
            }
        }

        // A layer may keep what another one keeps, and that must be released only once.
        _kept = [.. new[] { Outputs, Loss }.Concat(_lossGradient).Concat(_layers.SelectMany(l => l.Layer.Kept)).OfType<Tensor>().Distinct()];
        scope.Detach(_kept);
    }

    /// <summary>The outputs of the network, shape [n, …].</summary>
    public Tensor Outputs { get; }

    /// <summary>f, one number.</summary>
    public Tensor Loss { get; }

    /// <summary>Adds the gradient to <paramref name="sum"/>, one tensor for each parameter.</summary>
    public void AddGradient(Tensor[] sum)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        foreach (var (layer, parameters) in _layers.Skip(_first))
        {
            layer.AddGradient(sum[parameters]);
        }
    }

    /// <summary>Adds H·v to <paramref name="sum"/>; both have one tensor for each parameter. Cost: one HVP.</summary>
    public void AddProduct(Tensor[] v, Tensor[] sum)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var error = Differentiation.Differentiate(_lossGradient, [Outputs], [MoveAlong(v)], keepGraph: true)[0];
        TurnBack(error, v, sum);
    }

    /// <summary>Adds G·v, the Gauss–Newton part of H·v, to <paramref name="sum"/>; both have one tensor for each parameter. Cost: up to two HVPs.</summary>
    public void AddGaussNewton(Tensor[] v, Tensor[] sum)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var error = Differentiation.Differentiate(_lossGradient, [Outputs], [MoveAlong(v)], keepGraph: true)[0];

        // Where nothing moves, the R-operator's way back is the ordinary one.
        Tensor[] still = [.. v.Select(t => zeros_like(t))];
        MoveAlong(still);
        TurnBack(error, still, sum);
    }

    /// <summary>Releases everything that was kept; the examples are the caller's.</summary>
    public void Dispose()
    {
        foreach (var tensor in _kept)
        {
            tensor.Dispose();
        }
    }

    /// <summary>R{outputs}, where the parameters move along v.</summary>
    private Tensor MoveAlong(Tensor[] v)
    {
        Tensor? moved = null; // the examples do not move
        foreach (var (layer, parameters) in _layers.Skip(_first))
        {
            moved = layer.ForwardAlong(moved, v[parameters]);
        }

        return moved!;
    }

    private void TurnBack(Tensor error, Tensor[] v, Tensor[] sum)
    {
        for (var i = _layers.Count - 1; i >= _first; i--)
        {
            var (layer, parameters) = _layers[i];
            error = layer.BackwardAlong(error, i > _first, v[parameters], sum[parameters])!;
        }
    }
}
