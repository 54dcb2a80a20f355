namespace LossSpikes.Monitors;

/// <summary>The definition of a spike.</summary>
public sealed record SpikeRules
{
    /// <summary>A spike opens when the envelope of the loss is more than this share above its lowest value since the last spike.</summary>
    public double MinRise { get; init; } = 0.05;

    /// <summary>A spike that is still open this many steps after its opening ends: <c>sustained</c>, or <c>partial</c> if it has come down.</summary>
    public int MaxOpen { get; init; } = 500;

    /// <summary>A loss above this many times the larger of |loss at step 0| and the objective's own scale is a divergence.</summary>
    public double DivergenceFactor { get; init; } = 1e4;
}
