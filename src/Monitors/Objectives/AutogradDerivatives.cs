using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>f, g and products with H of an <see cref="AutogradObjective"/> at the current values of its parameters.</summary>
internal sealed class AutogradDerivatives : IDerivatives
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly IReadOnlyList<Func<LossTerm>> _terms;
    private readonly bool _curvature;
    private readonly Tensor[]? _gradientGraph;
    private readonly Tensor? _loss;

    public AutogradDerivatives(IReadOnlyList<Tensor> parameters, IReadOnlyList<Func<LossTerm>> terms, bool curvature)
    {
        (_parameters, _terms, _curvature) = (parameters, terms, curvature);
        var keep = curvature && terms.Count == 1;
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var term in terms)
        {
            var (loss, accuracy) = term();
            Loss += loss.detach().to(ScalarType.Float64).cpu().item<double>();
            Accuracy = accuracy is null ? Accuracy : (Accuracy ?? 0) + accuracy;
            var gradients = Differentiation.Differentiate([loss], parameters, differentiable: keep);
            var flat = FlatVector.Join([.. gradients.Select(g => g.detach())]);
            sum = sum is null ? flat : sum.add_(flat, alpha: Scalar(1));
            if (keep)
            {
                _loss = loss.MoveToOuterDisposeScope();
                _gradientGraph = [.. gradients.Select(g => g.MoveToOuterDisposeScope())];
            }
        }

        Gradient = sum!.MoveToOuterDisposeScope();
    }

    public double Loss { get; }

    public double? Accuracy { get; }

    public Tensor Gradient { get; }

    public Tensor Hvp(Tensor vectors)
    {
        if (vectors.dim() != 2)
        {
            throw new ArgumentException($"vectors must be rows of a [m, d] tensor, but their shape is [{string.Join(", ", vectors.shape)}]");
        }

        using var scope = NewDisposeScope();
        var result = zeros_like(vectors);
        ForEachGradientGraph(graph =>
        {
            for (long row = 0; row < vectors.shape[0]; row++)
            {
                using var inner = NewDisposeScope();
                var product = Differentiation.Differentiate(graph, _parameters, FlatVector.Split(vectors[row], _parameters), keepGraph: true);
                result[row].add_(FlatVector.Join(product), alpha: Scalar(1));
            }
        });
        return result.MoveToOuterDisposeScope();
    }

    public Tensor SharpnessGradient(Tensor direction)
    {
        using var scope = NewDisposeScope();
        var parts = FlatVector.Split(direction, _parameters);
        var result = zeros_like(direction);
        ForEachGradientGraph(graph =>
        {
            using var inner = NewDisposeScope();
            var product = Differentiation.Differentiate(graph, _parameters, parts, differentiable: true);
            var curvature = product.Zip(parts, (p, u) => (p * u).sum()).Aggregate((a, b) => a.Plus(b));
            result.add_(FlatVector.Join(Differentiation.Differentiate([curvature], _parameters, keepGraph: true)), alpha: Scalar(1));
        });
        return result.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Gradient.Dispose();
        _loss?.Dispose();
        foreach (var part in _gradientGraph ?? [])
        {
            part.Dispose();
        }
    }

    private void ForEachGradientGraph(Action<Tensor[]> use)
    {
        if (!_curvature)
        {
            throw new InvalidOperationException("these derivatives were evaluated without curvature");
        }

        if (_gradientGraph is not null)
        {
            use(_gradientGraph);
            return;
        }

        foreach (var term in _terms)
        {
            using var scope = NewDisposeScope();
            use(Differentiation.Differentiate([term().Loss], _parameters, differentiable: true));
        }
    }
}
