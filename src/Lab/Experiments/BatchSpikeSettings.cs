using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Experiments;

/// <summary>What counts as a spike of a mini-batch's loss.</summary>
internal sealed record BatchSpikeSettings
{
    // The file has the defaults of the library.
    private static readonly BatchSpikeRules Defaults = new();

    [Description("A spike opens at a batch whose loss has a higher robust z-score than this over the last batches.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Score { get; init; } = Defaults.Score;

    [Description("A batch is bad if its loss had a higher score than this among other batches before the rise.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double BadScore { get; init; } = Defaults.BadScore;

    [Description("How many of the last batches the scores are taken over.")]
    [Range(32, 100_000)]
    public int Window { get; init; } = Defaults.Window;

    [Description("How many other batches a spike is compared with.")]
    [Range(16, 10_000)]
    public int Others { get; init; } = Defaults.Others;

    /// <summary>The rules of the monitor.</summary>
    public BatchSpikeRules ToRules() => new() { Score = Score, BadScore = BadScore, Window = Window, Others = Others };
}
