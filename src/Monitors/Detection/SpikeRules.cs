namespace LossSpikes.Monitors;

/// <summary>The definition of a spike.</summary>
public sealed record SpikeRules
{
    /// <summary>A spike opens when the loss exceeds (1 + MinRise) times the lowest since the last spike.</summary>
    public double MinRise { get; init; } = 0.05;

    /// <summary>A spike that is still open this many steps after its opening is <c>sustained</c>.</summary>
    public int MaxOpen { get; init; } = 500;

    /// <summary>A loss above this many times the loss at step 0 is a divergence.</summary>
    public double DivergenceFactor { get; init; } = 1e4;
}
