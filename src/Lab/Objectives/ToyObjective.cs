using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>
/// A formula standing at one point, or at B points at once: then it is the sum of their losses, a function of B·d numbers
/// whose gradient is the B gradients in a row and whose Hessian has the B Hessians on its diagonal.
/// </summary>
internal sealed class ToyObjective : IObjective
{
    private readonly IBatchedFunction _formula;
    private readonly Tensor _rows;
    private readonly AutogradObjective _objective;

    /// <summary>Places <paramref name="formula"/>, which stays the caller's, at one point of d numbers.</summary>
    /// <exception cref="ArgumentException">The point has another number of parameters than the formula.</exception>
    public ToyObjective(IBatchedFunction formula, params double[] point) : this(formula, tensor(point).unsqueeze(0))
    {
    }

    /// <summary>Places <paramref name="formula"/>, which stays the caller's, at the rows of <paramref name="points"/>, shape [B, d]; they are copied.</summary>
    /// <exception cref="ArgumentException">The points have another number of parameters than the formula.</exception>
    public ToyObjective(IBatchedFunction formula, Tensor points)
    {
        if (points.dim() != 2 || points.shape[1] != formula.Dimension)
        {
            throw new ArgumentException($"a point here has {formula.Dimension} numbers, but the points have the shape [{string.Join(", ", points.shape)}]");
        }

        _formula = formula;
        _rows = points.detach().clone().requires_grad_().DetachFromDisposeScope();
        _objective = new AutogradObjective([_rows], () => new LossTerm(formula.Losses(_rows).sum()));
    }

    /// <summary>Places <paramref name="formula"/>, which becomes the objective's, where an experiment says.</summary>
    /// <exception cref="InputException">The start has another number of parameters than the formula.</exception>
    public static ToyObjective Place(IBatchedFunction formula, IReadOnlyList<double> start, ScalarType type, Device device)
    {
        if (start.Count != formula.Dimension)
        {
            using (formula)
            {
                throw new InputException(
                    $"objective.start has {Counted(start.Count, "number")}, but the objective has {Counted(formula.Dimension, "parameter")}");
            }
        }

        using var scope = NewDisposeScope();
        return new ToyObjective(formula, tensor(start.ToArray(), dtype: type, device: device).unsqueeze(0)) { OwnsFormula = true };
    }

    /// <summary>Whether the formula is released with the objective.</summary>
    public bool OwnsFormula { get; init; }

    /// <inheritdoc/>
    public long Dimension => _objective.Dimension;

    /// <summary>0: a formula has no scale but its first value.</summary>
    public double LossScale => 0;

    /// <summary>One for each number, named by its place.</summary>
    public IReadOnlyList<ParameterPart> Parts => [.. Enumerable.Range(0, (int)Dimension).Select(i => new ParameterPart($"{i}", 1))];

    /// <inheritdoc/>
    public ScalarType DataType => _objective.DataType;

    /// <inheritdoc/>
    public Device Device => _objective.Device;

    /// <inheritdoc/>
    public Tensor GetParameters() => _objective.GetParameters();

    /// <inheritdoc/>
    public void SetParameters(Tensor point) => _objective.SetParameters(point);

    /// <inheritdoc/>
    public IDerivatives Evaluate(bool curvature) => _objective.Evaluate(curvature);

    /// <summary>Releases the point, and the formula if it is owned.</summary>
    public void Dispose()
    {
        _objective.Dispose();
        _rows.Dispose();
        if (OwnsFormula)
        {
            _formula.Dispose();
        }
    }

    private static string Counted(long count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
