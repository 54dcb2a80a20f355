using System.Globalization;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The changes that are tried.</summary>
internal static class Changes
{
    // Powers of ten and halves of them: what people set β₂ to.
    private static readonly double[] SecondDecays = [0.99, 0.95, 0.9];

    /// <summary>A share of the largest stable learning rate.</summary>
    public static FutureChange ShareOfLargest(PointFacts before, double share) => FutureChange.LearningRate(
        share * before.LargestStableLearningRate / before.LearningRate, share * before.LargestStableLearningRate,
        Text($"{share:G3} η*"), Text($"eta-{share:G3}-of-largest"));

    /// <summary>Half of the learning rate, or of the largest stable one if that is lower.</summary>
    public static FutureChange Half(PointFacts before)
    {
        var factor = Math.Min(1, before.LargestStableLearningRate / before.LearningRate) / 2;
        return FutureChange.LearningRate(factor, factor * before.LearningRate, factor == 0.5 ? "half" : "0.5 η*", "eta-half");
    }

    /// <summary>The learning rate of before the spike.</summary>
    public static FutureChange OldRate(double before, double after) =>
        FutureChange.LearningRate(before / after, before, "as before", "eta-as-before");

    /// <summary>The decays β₂ that are tried, the largest first.</summary>
    public static IEnumerable<FutureChange> LowerSecondDecays(OptimizerSettings settings) => SecondDecays
        .Where(b => b < settings.SecondMomentDecay)
        .Select(b => new FutureChange(Text($"beta2-{b:G3}"), Text($"β₂ = {b:G3}"))
        {
            Settings = s => s switch
            {
                AdamFamilySettings adam => adam with { Beta2 = b },
                RmsPropSettings rms => rms with { Beta2 = b },
                _ => s,
            },
        });

    /// <summary>A larger ε. P ≥ ε, so that S ≤ λ₁(H)/ε however small the second moment becomes; null where that bound is lower already.</summary>
    /// <param name="settings">The optimizer.</param>
    /// <param name="before">What was measured before the spike.</param>
    /// <param name="share">S/T at that bound.</param>
    public static FutureChange? LargerEpsilon(OptimizerSettings settings, PointFacts before, double share)
    {
        var epsilon = before.HessianEigenvalues?[0] / (share * before.Threshold);
        return epsilon is not { } value || !double.IsFinite(value) || !(value > Epsilon(settings)) ? null : new FutureChange("epsilon", Text($"ε = {value:G3}"))
        {
            Settings = s => s switch
            {
                AdamFamilySettings adam => adam with { Epsilon = value },
                RmsPropSettings rms => rms with { Epsilon = value },
                _ => s,
            },
        };
    }

    /// <summary>Gradients clipped to a norm.</summary>
    public static FutureChange Clip(double norm) =>
        new("clip", Text($"gradients clipped at norm {norm:G4}")) { Settings = s => s with { Clip = norm } };

    /// <summary>The window without some of its batches.</summary>
    public static FutureChange Skip(IReadOnlyList<long> steps) => new(
        "skip-batches", steps.Count == 1 ? Text($"another batch at step {steps[0]}") : Text($"other batches at {steps.Count} steps"))
    {
        Skipped = steps.ToHashSet(),
    };

    /// <summary>An optimizer without memory.</summary>
    public static FutureChange Reset { get; } = new("optimizer-reset", "the optimizer's state reset") { Forgets = true };

    private static double? Epsilon(OptimizerSettings settings) => settings switch
    {
        AdamFamilySettings adam => adam.Epsilon,
        RmsPropSettings rms => rms.Epsilon,
        _ => null,
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
