namespace LossSpikes.Monitors.Detection;

/// <summary>What a spike of a mini-batch's loss means for the one who trains.</summary>
internal static class BatchSpikeMeaning
{
    /// <summary>The sentence.</summary>
    public static string Of(SpikeEvent spike, BatchEvidence evidence) => spike.Mechanism switch
    {
        Mechanism.BadBatch => $"look at its examples ({Listed(evidence.Examples)})",
        Mechanism.Noise => "not an instability; no action needed",
        Mechanism.StateReset => "restore the optimizer's state with the weights, or warm the learning rate up again",
        Mechanism.LearningRateChange => "raise the learning rate more slowly, or less",
        Mechanism.Preconditioner => "lower β₂, clip the update, or lower η",
        Mechanism.Unknown => "measure the curvature to learn the cause",
        _ => spike.Outcome == SpikeOutcome.Recovered ? "self-corrected; no action needed" : "lower η",
    };

    private static string Listed(IReadOnlyList<long> examples) =>
        examples.Count <= 4 ? string.Join(", ", examples) : $"{string.Join(", ", examples.Take(3))} and {examples.Count - 3} more";
}
