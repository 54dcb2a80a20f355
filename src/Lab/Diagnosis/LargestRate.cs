using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The largest learning rate at which an update is stable, in closed form.</summary>
internal static class LargestRate
{
    /// <summary>
    /// η* with S(η*) = T(η*): where T is c/η, η* = c/S, such as 2/λ₁ of gradient descent; for AdamW with decay λ,
    /// η* = 2(1+β₁)/((1−β₁)S + (1+β₁)λ).
    /// </summary>
    /// <param name="settings">The optimizer.</param>
    /// <param name="learningRate">η at the moment.</param>
    /// <param name="sharpness">S, the largest eigenvalue of the optimizer's matrix there; infinite where it is not positive.</param>
    public static double Of(OptimizerSettings settings, double learningRate, double sharpness)
    {
        if (!(sharpness > 0))
        {
            return double.PositiveInfinity;
        }

        // T·η is affine in η for every rule: c, or c(1 − ηλ/2) where the decay is decoupled.
        var at = settings.ThresholdAt(learningRate).Value * learningRate;
        var half = settings.ThresholdAt(learningRate / 2).Value * learningRate / 2;
        var (constant, slope) = (2 * half - at, (at - half) / (learningRate / 2));
        return constant / (sharpness - slope);
    }
}
