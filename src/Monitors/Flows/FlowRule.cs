namespace LossSpikes.Monitors.Flows;

/// <summary>The optimizer whose average a central flow is: gradient descent, or RMSProp where β₂ is given.</summary>
/// <param name="LearningRate">η.</param>
public sealed record FlowRule(double LearningRate)
{
    /// <summary>β₂ of RMSProp; null for gradient descent.</summary>
    public double? SecondMomentDecay { get; init; }

    /// <summary>ε of RMSProp, P = √ν + ε.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>2/η, the eigenvalue at which oscillations neither grow nor shrink.</summary>
    internal double Threshold => 2 / LearningRate;
}

/// <summary>How a central flow is computed.</summary>
public sealed record FlowOptions
{
    /// <summary>The largest number of eigenvalues at the edge that are followed; each pair of them costs a third derivative.</summary>
    public int Modes { get; init; } = 8;

    /// <summary>Substeps of a step.</summary>
    public int Substeps { get; init; } = 4;
}
