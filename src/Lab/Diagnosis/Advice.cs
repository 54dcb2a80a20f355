namespace LossSpikes.Lab.Diagnosis;

/// <summary>A change that was tried.</summary>
/// <param name="Change">The change in words.</param>
/// <param name="Future">The name of the future that it made.</param>
/// <param name="StayedAway">Whether the loss did not spike in it.</param>
/// <param name="Sentence">What it did, and what it bounds.</param>
internal sealed record Advice(string Change, string Future, bool StayedAway, string Sentence);
