using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// An objective f(θ) = Σ terms(θ) written in torch operations; autograd supplies every derivative. With one term the graph is
/// built once per point and serves all products; with several it is rebuilt for each term and each block of vectors, so
/// that memory does not grow with the number of terms.
/// </summary>
/// <remarks>
/// <para>All evaluations of one step, from the first <see cref="Evaluate"/> until its derivatives are disposed, draw the same random numbers,
/// so that dropout has one mask in all products. Afterwards the random state and the buffers of watched modules are what they were.</para>
/// <para>Where libtorch has no second derivative of an operation, products are central differences of gradients
/// (<see cref="GradientDifferences"/>), unless that is switched off.</para>
/// </remarks>
public sealed class AutogradObjective : IObjective
{
    private readonly ParameterSet _parameters;
    private readonly LossTerms _terms;
    private readonly bool _allowDifferences;
    private readonly List<string> _notices = [];

    /// <summary>Creates the objective; the parameters stay the caller's.</summary>
    /// <param name="parameters">θ: leaf tensors that require gradients, all of one dtype (float32 or float64) on one device.</param>
    /// <param name="terms">The parts of f, each evaluated at the current values of the parameters, and deterministic.</param>
    /// <exception cref="ArgumentException">There is no parameter or no term, or dtypes or devices differ.</exception>
    public AutogradObjective(IEnumerable<Tensor> parameters, params IReadOnlyList<Func<LossTerm>> terms)
        : this(new ParameterSet(() => parameters.Select(p => ((string?)null, p))), terms, Surroundings.RandomState)
    {
        if (_parameters.Problem is { } problem)
        {
            throw new ArgumentException(problem, nameof(parameters));
        }
    }

    /// <summary>The same for parameters that may change, and a loss that changes buffers.</summary>
    internal AutogradObjective(ParameterSet parameters, IReadOnlyList<Func<LossTerm>> terms, Surroundings surroundings, bool allowDifferences = true)
    {
        if (terms.Count == 0)
        {
            throw new ArgumentException("an objective needs at least one term", nameof(terms));
        }

        (_parameters, _terms, _allowDifferences) = (parameters, new LossTerms(parameters, terms, surroundings), allowDifferences);
        _parameters.Refresh();
    }

    /// <inheritdoc/>
    public long Dimension => _parameters.Dimension;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterPart> Parts => _parameters.Parts;

    /// <inheritdoc/>
    public ScalarType DataType => _parameters.Tensors.Count > 0 ? _parameters.Tensors[0].dtype : ScalarType.Float32;

    /// <inheritdoc/>
    public Device Device => _parameters.Tensors.Count > 0 ? _parameters.Tensors[0].device : CPU;

    /// <inheritdoc/>
    public double LossScale { get; init; } = 1;

    /// <summary>Whether products are central differences of gradients.</summary>
    internal bool UsesDifferences { get; private set; }

    /// <inheritdoc/>
    public Tensor GetParameters()
    {
        using var _ = no_grad();
        return FlatVector.Join(_parameters.Tensors);
    }

    /// <inheritdoc/>
    public void SetParameters(Tensor point)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, part) in _parameters.Tensors.Zip(FlatVector.Split(point, _parameters.Tensors)))
        {
            parameter.copy_(part);
        }
    }

    /// <inheritdoc/>
    public IDerivatives Evaluate(bool curvature) => (_parameters.Problem ?? (_terms.MovesParameters ? "the loss function changes the parameters" : null))
        is { } problem ? throw new DifferentiationException(problem) : new AutogradDerivatives(this, _terms, curvature);

    /// <inheritdoc/>
    public double EvaluateLoss()
    {
        if (!_terms.MovesParameters)
        {
            return _terms.Loss();
        }

        using var point = GetParameters();
        try
        {
            return _terms.Loss();
        }
        finally
        {
            SetParameters(point);
        }
    }

    /// <inheritdoc/>
    public string? Refresh()
    {
        var changes = _parameters.Refresh();
        UsesDifferences &= changes is null; // another set may be differentiable twice
        return changes;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeNotices()
    {
        string[] notices = [.. _notices];
        _notices.Clear();
        return notices;
    }

    /// <summary>Evaluates f twice: see <see cref="LossTerms.Repeatability"/>.</summary>
    internal string? Repeatability() => _terms.Repeatability(this);

    /// <summary>Changes to central differences, after autograd has failed at the second derivative.</summary>
    /// <exception cref="DifferentiationException">They are switched off; the message names the operation.</exception>
    internal void ChangeToDifferences(DifferentiationException failure)
    {
        var operation = NativeError.Operation(failure.Message) is { } name ? $"{name} has no second derivative in libtorch" : failure.Message;
        if (!_allowDifferences)
        {
            throw new DifferentiationException($"{operation}, and finite differences are switched off", failure);
        }

        UsesDifferences = true;
        _notices.Add($"{operation}: Hessian–vector products are central differences of gradients from here on, four gradients each, and their estimated "
            + "error is part of the residual");
    }

    /// <summary>Does nothing: the parameters are the caller's.</summary>
    public void Dispose()
    {
    }
}
