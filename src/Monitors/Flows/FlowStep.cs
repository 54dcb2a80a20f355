namespace LossSpikes.Monitors.Flows;

/// <summary>One step of a flow, as it was at its start w.</summary>
public sealed record FlowStep
{
    /// <summary>L(w).</summary>
    public required double Loss { get; init; }

    /// <summary>The predicted mean of the optimizer's loss: L(w) + tr(X)/η.</summary>
    public required double PredictedLoss { get; init; }

    /// <summary>tr X: the predicted mean square of the oscillation, in the units of θ² (weighted by P under a preconditioner).</summary>
    public double Trace { get; init; }

    /// <summary>How many eigenvalues are at the edge: the rank that X can have.</summary>
    public int Modes { get; init; }

    /// <summary>Whether more eigenvalues were at the edge than the flow may follow.</summary>
    public bool IsCrowded { get; init; }

    /// <summary>
    /// By how much the mean loss at w ± √x_i·u_i, x_i the eigenvalues of X and u_i its directions, differs from its quadratic part, relative to
    /// <see cref="PredictedLoss"/>; null where nothing oscillates. The prediction rests on that part alone.
    /// </summary>
    public double? BeyondQuadratic { get; init; }

    /// <summary>The residual of the complementarity problem at each substep; see the class <c>Complementarity</c>. 0 where nothing is at the edge.</summary>
    public IReadOnlyList<double> Residuals { get; init; } = [];

    /// <summary>HVPs spent.</summary>
    public int HessianProducts { get; init; }

    /// <summary>Third derivatives spent: k(k+1)/2 a substep with k modes.</summary>
    public int ThirdDerivatives { get; init; }
}
