namespace LossSpikes.Monitors;

/// <summary>The definition of a spike of a mini-batch's loss. Scores are (L − median)/σ over the losses of the last batches.</summary>
public sealed record BatchSpikeRules
{
    /// <summary>A spike opens at a loss with a higher score (and a rise of <see cref="SpikeRules.MinRise"/> above the median).</summary>
    public double Score { get; init; } = 6;

    /// <summary>A batch was extreme before the rise if its score among other batches was higher.</summary>
    public double BadScore { get; init; } = 8;

    /// <summary>How many of the last batches the scores are taken over.</summary>
    public int Window { get; init; } = 128;

    /// <summary>How many other batches a spike is compared with, at least 16.</summary>
    public int Others { get; init; } = 16;
}
