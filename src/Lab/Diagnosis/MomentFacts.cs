using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The optimizer's second moment v before the spike and after it.</summary>
/// <param name="StepBefore">The optimizer's count of updates before.</param>
/// <param name="StepAfter">The same after.</param>
/// <param name="ForgottenShare">
/// The share of v that is smaller after than any gradients in between can have made it, v_after &lt; 0.9·β₂ⁿ·v_before for n updates.
/// </param>
/// <param name="MeanRatio">The geometric mean of √(v_after/v_before).</param>
/// <param name="HalfLife">ln 2/(1−β₂), in steps.</param>
internal sealed record MomentFacts(long StepBefore, long StepAfter, double ForgottenShare, double MeanRatio, double HalfLife)
{
    private const double Slack = 0.9, Most = 0.5;

    /// <summary>Whether the optimizer was reset in between: a moving average cannot fall faster than β₂ a step.</summary>
    public bool WasReset => StepAfter < StepBefore || ForgottenShare > Most;

    /// <summary>Compares the moments.</summary>
    /// <returns>Null without two second moments.</returns>
    public static MomentFacts? Of(TrainingCase @case)
    {
        if (@case.After?.Optimizer.SecondMoment is not { } after || @case.Before.Optimizer.SecondMoment is not { } before
            || @case.Experiment.Optimizer.SecondMomentDecay is not { } decay)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var updates = Math.Max(0, @case.After.Step - @case.Before.Step);
        var (old, now) = (before.to(ScalarType.Float64), after.to(ScalarType.Float64));
        var least = old * Scalar(Slack * Math.Pow(decay, updates));
        var forgotten = now.lt(least).to(ScalarType.Float64).mean().item<double>();
        var both = old.gt(Scalar(0)).logical_and(now.gt(Scalar(0)));
        var ratio = (now / old).masked_select(both).log().mean().exp().sqrt().item<double>();
        return new MomentFacts(@case.Before.Step, @case.After.Step, forgotten, ratio, Math.Log(2) / (1 - decay));
    }
}
