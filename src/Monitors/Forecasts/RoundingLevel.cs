namespace LossSpikes.Monitors.Forecasts;

/// <summary>The level at which α is rounding, as on a quadratic loss, whose sharpness does not change at all.</summary>
/// <param name="Epsilon">ε of the working precision.</param>
internal sealed record RoundingLevel(double Epsilon)
{
    private const double Few = 16;

    /// <summary>
    /// Whether α moves the eigenvalue by no more than a few of its ε per step, or is a sum −g⊥·∇S⊥ that has cancelled down to a few ε of
    /// |g||∇S⊥|.
    /// </summary>
    public bool Covers(double alpha, double beta, double eigenvalue, Measurement seen) =>
        Math.Abs(alpha) <= Few * Epsilon * Math.Max(eigenvalue / seen.LearningRate!.Value, seen.GradientNorm * Math.Sqrt(beta));
}
