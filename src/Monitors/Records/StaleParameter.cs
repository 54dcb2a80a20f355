namespace LossSpikes.Monitors;

/// <summary>How far v̂ lags behind g² in a parameter when a spike opens.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Staleness">The root mean square of g/√v̂ over it, g the gradient of the batch.</param>
/// <param name="StepGrowth">The length of its step over that before the rise; not finite where it did not move then.</param>
public sealed record StaleParameter(string Name, double Staleness, double StepGrowth);
