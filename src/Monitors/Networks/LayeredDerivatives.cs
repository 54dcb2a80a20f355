using LossSpikes.Monitors.Layers;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>
/// f, g and products with H of a <see cref="LayeredObjective"/>. With one chunk of examples the pass through them serves all products; with
/// several the pass is repeated for each product.
/// </summary>
internal sealed class LayeredDerivatives : IDerivatives
{
    private readonly FullBatch _batch;
    private readonly LayeredNetwork _network;
    private readonly AutogradObjective _plain;
    private readonly bool _curvature;
    private readonly Tensor[] _parameters;
    private readonly LayerPass? _pass;

    public LayeredDerivatives(FullBatch batch, LayeredNetwork network, AutogradObjective plain, bool curvature)
    {
        (_batch, _network, _plain, _curvature, _parameters) = (batch, network, plain, curvature, batch.Parameters);
        using var scope = NewDisposeScope();
        Gradient = zeros(plain.Dimension, dtype: plain.DataType, device: plain.Device);
        var sum = FlatVector.Split(Gradient, _parameters);
        foreach (var chunk in batch.Chunks)
        {
            var (pass, targets) = Pass(chunk);
            pass.AddGradient(sum);
            Loss += pass.Loss.to(ScalarType.Float64).cpu().item<double>();
            Accuracy = batch.Accuracy(pass.Outputs, targets) is { } share ? (Accuracy ?? 0) + share : Accuracy;
            if (curvature && batch.Chunks.Count == 1)
            {
                _pass = pass;
            }
            else
            {
                pass.Dispose();
            }
        }

        Gradient.MoveToOuterDisposeScope();
    }

    public double Loss { get; }

    public double? Accuracy { get; }

    public Tensor Gradient { get; }

    public Tensor Hvp(Tensor vectors) => Products(vectors, (pass, v, sum) => pass.AddProduct(v, sum));

    public Tensor GaussNewton(Tensor vectors) => Products(vectors, (pass, v, sum) => pass.AddGaussNewton(v, sum));

    public Tensor SharpnessGradient(Tensor direction)
    {
        RequireCurvature();
        using var plain = _plain.Evaluate(curvature: true);
        return plain.SharpnessGradient(direction);
    }

    public void Dispose()
    {
        Gradient.Dispose();
        _pass?.Dispose();
    }

    private Tensor Products(Tensor vectors, Action<LayerPass, Tensor[], Tensor[]> add)
    {
        if (vectors.dim() != 2)
        {
            throw new ArgumentException($"vectors must be rows of a [m, d] tensor, but their shape is [{string.Join(", ", vectors.shape)}]");
        }

        RequireCurvature();
        using var scope = NewDisposeScope();
        var result = zeros_like(vectors);
        foreach (var chunk in _batch.Chunks)
        {
            using var inner = NewDisposeScope();
            var pass = _pass ?? Pass(chunk).Pass;
            for (long row = 0; row < vectors.shape[0]; row++)
            {
                add(pass, FlatVector.Split(vectors[row], _parameters), FlatVector.Split(result[row], _parameters));
            }

            if (_pass is null)
            {
                pass.Dispose();
            }
        }

        return result.MoveToOuterDisposeScope();
    }

    private (LayerPass Pass, Tensor Targets) Pass(Range chunk)
    {
        var (inputs, targets) = _batch.Slice(chunk);
        return (new LayerPass(_network, inputs, outputs => _batch.Loss(outputs, targets), _curvature), targets);
    }

    private void RequireCurvature()
    {
        if (!_curvature)
        {
            throw new InvalidOperationException("these derivatives were evaluated without curvature");
        }
    }
}
