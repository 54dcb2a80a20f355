namespace LossSpikes.Monitors.Records;

/// <summary>A number beside what the theory says it should be.</summary>
/// <param name="Measured">What was measured.</param>
/// <param name="Predicted">What follows from the theory.</param>
public sealed record MeasuredVsPredicted(double Measured, double Predicted);
