namespace LossSpikes.Lab.Models;

/// <summary>What a network is built for.</summary>
/// <param name="Example">The shape of one example, as <see cref="ModelSettings.Inputs"/> gives them.</param>
/// <param name="Outputs">How many outputs there are for each answer; a network of its own size may have more where they are classes.</param>
internal sealed record NetworkTask(IReadOnlyList<long> Example, long Outputs)
{
    /// <summary>The positions at which there is an answer: [T], or empty where there is one answer for the example.</summary>
    public IReadOnlyList<long> Positions { get; init; } = [];

    /// <summary>How many different tokens there are; null where examples are real numbers.</summary>
    public int? Tokens { get; init; }

    /// <summary>Whether outputs are scores of classes.</summary>
    public bool Classes { get; init; }
}
