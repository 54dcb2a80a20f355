namespace LossSpikes.Monitors.Stability;

/// <summary>
/// The largest eigenvalue at which an optimizer still converges on a quadratic: its edge of stability. Above it, the
/// iterates oscillate along the eigenvector and grow.
/// </summary>
/// <param name="Value">T, in the units of the Hessian's eigenvalues (loss per parameter²).</param>
/// <param name="Formula">How T follows from the optimizer's settings, for labels: <c>2/η</c>.</param>
public sealed record StabilityThreshold(double Value, string Formula)
{
    /// <summary>No threshold: nothing is ever above it.</summary>
    public static StabilityThreshold None { get; } = new(double.PositiveInfinity, "∞");

    /// <summary>Gradient descent with learning rate η: 2/η (Cohen 2021, arXiv 2103.00065).</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is not positive and finite.</exception>
    public static StabilityThreshold GradientDescent(double learningRate)
    {
        if (!(learningRate > 0) || !double.IsFinite(learningRate))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "the learning rate must be positive and finite");
        }

        return new StabilityThreshold(2 / learningRate, "2/η");
    }
}
