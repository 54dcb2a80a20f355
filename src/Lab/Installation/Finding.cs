namespace LossSpikes.Lab.Installation;

/// <summary>One finding of <c>lab doctor</c>.</summary>
/// <param name="Name">What.</param>
/// <param name="Good">Whether the lab can work with it.</param>
/// <param name="Value">What was found.</param>
/// <param name="Remedy">What to do about it, or null.</param>
internal sealed record Finding(string Name, bool Good, string Value, string? Remedy = null);
