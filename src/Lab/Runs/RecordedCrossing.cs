namespace LossSpikes.Lab.Runs;

/// <summary>A step at which the sharpness changed sides of the threshold.</summary>
/// <param name="Step">The first measured step on the new side.</param>
/// <param name="Direction"><c>up</c> or <c>down</c>.</param>
internal sealed record RecordedCrossing(int Step, string Direction);
