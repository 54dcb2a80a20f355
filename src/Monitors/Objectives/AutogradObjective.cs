using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// An objective f(θ) = Σ terms(θ) written in torch operations; autograd supplies every derivative. With one term the graph is
/// built once per point and serves all products; with several it is rebuilt for each term and each block of vectors, so
/// that memory does not grow with the number of terms.
/// </summary>
public sealed class AutogradObjective : IObjective
{
    private readonly Tensor[] _parameters;
    private readonly IReadOnlyList<Func<LossTerm>> _terms;

    /// <summary>Creates the objective; the parameters stay the caller's.</summary>
    /// <param name="parameters">θ: leaf tensors that require gradients, all of one dtype on one device.</param>
    /// <param name="terms">The parts of f, each evaluated at the current values of the parameters, and deterministic.</param>
    /// <exception cref="ArgumentException">There is no parameter or no term, or dtypes or devices differ.</exception>
    public AutogradObjective(IEnumerable<Tensor> parameters, params IReadOnlyList<Func<LossTerm>> terms)
    {
        _parameters = [.. parameters.Where(p => p.requires_grad)];
        _terms = terms;
        if (_parameters.Length == 0 || terms.Count == 0)
        {
            throw new ArgumentException("an objective needs at least one parameter that requires gradients and one term");
        }

        if (_parameters.Any(p => p.dtype != DataType || p.device.ToString() != Device.ToString()))
        {
            throw new ArgumentException("all parameters must have one dtype and one device");
        }

        Dimension = _parameters.Sum(p => p.numel());
    }

    /// <inheritdoc/>
    public long Dimension { get; }

    /// <inheritdoc/>
    public ScalarType DataType => _parameters[0].dtype;

    /// <inheritdoc/>
    public Device Device => _parameters[0].device;

    /// <inheritdoc/>
    public Tensor GetParameters()
    {
        using var _ = no_grad();
        return FlatVector.Join(_parameters);
    }

    /// <inheritdoc/>
    public void SetParameters(Tensor point)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, part) in _parameters.Zip(FlatVector.Split(point, _parameters)))
        {
            parameter.copy_(part);
        }
    }

    /// <inheritdoc/>
    public IDerivatives Evaluate(bool curvature) => new AutogradDerivatives(_parameters, _terms, curvature);

    /// <summary>Does nothing: the parameters are the caller's.</summary>
    public void Dispose()
    {
    }
}
