namespace LossSpikes.Monitors;

/// <summary>A measured number and its prediction.</summary>
/// <param name="Measured">The measured value.</param>
/// <param name="Predicted">The value predicted by the theory.</param>
public sealed record MeasuredVsPredicted(double Measured, double Predicted);
