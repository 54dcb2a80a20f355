using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>f, g and products with H of an <see cref="AutogradObjective"/> at the current values of its parameters.</summary>
internal sealed class AutogradDerivatives : IDerivatives
{
    private readonly AutogradObjective _objective;
    private readonly LossTerms _terms;
    private readonly bool _curvature;
    private Tensor[]? _gradientGraph;
    private Tensor? _loss, _gradient;
    private GradientDifferences? _differences;
    private bool _disposed;

    public AutogradDerivatives(AutogradObjective objective, LossTerms terms, bool curvature)
    {
        (_objective, _terms, _curvature) = (objective, terms, curvature);
        terms.Open();
        try
        {
            Differentiate();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public double Loss { get; private set; }

    public double? Accuracy { get; private set; }

    public Tensor Gradient => _gradient!;

    public double ProductError => _differences?.Error ?? 0;

    public Tensor Hvp(Tensor vectors)
    {
        if (vectors.dim() != 2)
        {
            throw new ArgumentException($"vectors must be rows of a [m, d] tensor, but their shape is [{string.Join(", ", vectors.shape)}]");
        }

        ThrowWithoutCurvature();
        if (!_objective.UsesDifferences)
        {
            try
            {
                return ExactHvp(vectors);
            }
            catch (DifferentiationException e)
            {
                _objective.ChangeToDifferences(e);
            }
        }

        _differences ??= new GradientDifferences(_objective);
        return _differences.Hvp(vectors);
    }

    /// <summary>
    /// By three passes backward for each vector, since libtorch has no forward mode: J·v is the derivative by w of Jᵀw, along v.
    /// </summary>
    public Tensor GaussNewton(Tensor vectors)
    {
        ThrowWithoutCurvature();
        using var scope = NewDisposeScope();
        var result = zeros_like(vectors);
        foreach (var term in _terms.Evaluate())
        {
            using var inner = NewDisposeScope();
            var (outputs, loss) = term.Outputs ?? throw new DifferentiationException(
                "the Gauss–Newton matrix is that of a loss on the outputs of a network, and this objective is not known as one");
            var moved = outputs.detach().requires_grad_();
            var lossGradient = Differentiation.Differentiate([loss(moved)], [moved], differentiable: true);
            var weights = zeros_like(moved).requires_grad_();
            var pulled = Differentiation.Differentiate([outputs], _terms.Parameters, [weights], differentiable: true);
            for (long row = 0; row < vectors.shape[0]; row++)
            {
                using var each = NewDisposeScope();
                var pushed = Differentiation.Differentiate(pulled, [weights], FlatVector.Split(vectors[row], _terms.Parameters), keepGraph: true);
                var turned = Differentiation.Differentiate(lossGradient, [moved], pushed, keepGraph: true);
                var product = Differentiation.Differentiate([outputs], _terms.Parameters, turned, keepGraph: true);
                result[row].add_(FlatVector.Join(product), alpha: Scalar(1));
            }
        }

        return result.MoveToOuterDisposeScope();
    }

    public Tensor SharpnessGradient(Tensor direction)
    {
        ThrowWithoutCurvature();
        if (_objective.UsesDifferences)
        {
            throw new DifferentiationException("the loss has no third derivative in libtorch");
        }

        using var scope = NewDisposeScope();
        var parts = FlatVector.Split(direction, _terms.Parameters);
        var result = zeros_like(direction);
        ForEachGradientGraph(graph =>
        {
            using var inner = NewDisposeScope();
            var product = Differentiation.Differentiate(graph, _terms.Parameters, parts, differentiable: true);
            var curvature = product.Zip(parts, (p, u) => (p * u).sum()).Aggregate((a, b) => a.Plus(b));
            result.add_(FlatVector.Join(Differentiation.Differentiate([curvature], _terms.Parameters, keepGraph: true)), alpha: Scalar(1));
        });
        return result.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _gradient?.Dispose();
        _loss?.Dispose();
        foreach (var part in _gradientGraph ?? [])
        {
            part.Dispose();
        }

        _differences?.Dispose();
        _terms.Close();
    }

    /// <summary>The loss and its gradient. A graph that cannot be kept has no second derivative; then the gradient is taken without one.</summary>
    private void Differentiate()
    {
        var keep = _curvature && _terms.Count == 1 && !_objective.UsesDifferences;
        try
        {
            Differentiate(keep);
        }
        catch (DifferentiationException e) when (keep)
        {
            Differentiate(keep: false);
            _objective.ChangeToDifferences(e);
        }
    }

    private void Differentiate(bool keep)
    {
        using var scope = NewDisposeScope();
        (Loss, Accuracy) = (0, null);
        Tensor? sum = null;
        foreach (var (loss, accuracy) in _terms.Evaluate())
        {
            Loss += loss.detach().to(ScalarType.Float64).cpu().item<double>();
            Accuracy = accuracy is null ? Accuracy : (Accuracy ?? 0) + accuracy;
            var gradients = Differentiation.Differentiate([loss], _terms.Parameters, differentiable: keep, dependent: _terms.Count == 1);
            var flat = FlatVector.Join([.. gradients.Select(g => g.detach())]);
            sum = sum is null ? flat : sum.add_(flat, alpha: Scalar(1));
            if (keep)
            {
                _loss = loss.MoveToOuterDisposeScope();
                _gradientGraph = [.. gradients.Select(g => g.MoveToOuterDisposeScope())];
            }
        }

        _gradient = sum!.MoveToOuterDisposeScope();
    }

    private Tensor ExactHvp(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var result = zeros_like(vectors);
        ForEachGradientGraph(graph =>
        {
            for (long row = 0; row < vectors.shape[0]; row++)
            {
                using var inner = NewDisposeScope();
                var product = Differentiation.Differentiate(
                    graph, _terms.Parameters, FlatVector.Split(vectors[row], _terms.Parameters), keepGraph: true);
                result[row].add_(FlatVector.Join(product), alpha: Scalar(1));
            }
        });
        return result.MoveToOuterDisposeScope();
    }

    private void ForEachGradientGraph(Action<Tensor[]> use)
    {
        if (_gradientGraph is not null)
        {
            use(_gradientGraph);
            return;
        }

        foreach (var term in _terms.Evaluate())
        {
            using var scope = NewDisposeScope();
            use(Differentiation.Differentiate([term.Loss], _terms.Parameters, differentiable: true));
        }
    }

    private void ThrowWithoutCurvature()
    {
        if (!_curvature)
        {
            throw new InvalidOperationException("these derivatives were evaluated without curvature");
        }
    }
}
