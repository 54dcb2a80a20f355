using System.ComponentModel;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Optimizers;

/// <summary>AdamW: the moments are Adam's, of the gradient without decay.</summary>
[Description("Adam with decoupled weight decay λ: θ ← (1−ηλ)θ − ηP⁻¹m. Stable while the largest eigenvalue of P⁻¹H, without λ, stays below "
    + "(1+β₁)(2−ηλ)/((1−β₁)η).")]
internal sealed record AdamWSettings : AdamFamilySettings
{
    internal override bool DecouplesDecay => true;

    internal override StabilityThreshold ThresholdAt(double learningRate) => StabilityThreshold.AdamW(learningRate, WeightDecay, Beta1);
}
