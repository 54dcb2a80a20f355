using System.Text.Json.Serialization;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>What a training did from the moment before the spike on, with a change or without.</summary>
internal sealed record Future
{
    /// <summary>Its name, which is that of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>The change in words.</summary>
    public required string Change { get; init; }

    /// <summary>How it ended: completed, or diverged.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>Whether the loss spiked: an instability, a bad batch or a divergence.</summary>
    public required bool Spiked { get; init; }

    /// <summary>The step at which the first of them opened.</summary>
    public long? SpikeStep { get; init; }

    /// <summary>The highest loss over the loss before it, of all of them.</summary>
    public double? HighestRise { get; init; }

    /// <summary>The first of them in one sentence.</summary>
    public string? Spike { get; init; }

    /// <summary>Its mechanism, or its cause if it diverged.</summary>
    public Mechanism? Mechanism { get; init; }

    /// <summary>The highest loss.</summary>
    public required double HighestLoss { get; init; }

    /// <summary>The last loss.</summary>
    public required double EndLoss { get; init; }

    /// <summary>The highest S/T.</summary>
    public double? HighestRatio { get; init; }

    /// <summary>The rows of its metrics.csv.</summary>
    [JsonIgnore]
    public IReadOnlyList<Measurement> Rows { get; init; } = [];

    /// <summary>The record of its first spike.</summary>
    [JsonIgnore]
    public SpikeEvent? First { get; init; }
}
