namespace LossSpikes.Lab.Theory;

/// <summary>How well g + σSu + (σ²/2)∇S gives the gradient around one point.</summary>
/// <param name="Points">The measurements, by growing σ.</param>
/// <param name="Order">The exponent p of residual ∝ σᵖ over the counted points, by least squares; 3 is expected, NaN says that fewer than three count.</param>
/// <param name="SharpnessGradient">|∇S|.</param>
/// <param name="EigenResidual">|Hu − Su|, the certificate of the eigenpair; σ times it enters the residual.</param>
internal sealed record TaylorReport(IReadOnlyList<TaylorPoint> Points, double Order, double SharpnessGradient, double EigenResidual);
