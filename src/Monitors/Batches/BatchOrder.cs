namespace LossSpikes.Monitors.Batches;

/// <summary>How mini-batches are drawn.</summary>
public enum BatchOrder
{
    /// <summary>Every epoch has an order of its own, and each example comes once in it.</summary>
    Shuffle,

    /// <summary>Each example of a batch is drawn from all examples.</summary>
    WithReplacement,

    /// <summary>The order of the data, in every epoch.</summary>
    Sequential,
}
