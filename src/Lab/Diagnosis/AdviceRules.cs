using System.Globalization;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Tries what might have avoided the spike. Each change is replayed from the moment before.</summary>
internal static class AdviceRules
{
    private const double Below = 0.95, Above = 1.1, Rise = 0.05;

    /// <summary>The changes, those that belong to the first cause before the others.</summary>
    public static IReadOnlyList<Advice> Try(Evidence e, Cause first)
    {
        List<Advice> advice = [];
        if (first.Name == "bad_batch")
        {
            advice.Add(Tried(e, CauseRules.Skip(e.Batches!), "look at the examples of these batches"));
        }

        if (first.Name == "state_reset")
        {
            advice.Add(Tried(e, FutureChange.None, "load the optimizer's state together with the weights") with { Change = "the optimizer's state kept" });
        }

        if (first.Name == "learning_rate_change" && e.Case.LearningRates is { } rates)
        {
            advice.Add(Tried(e, Changes.OldRate(rates.Before, rates.After), "raise the learning rate less, or warm it up"));
        }

        if (first.Name == "precision")
        {
            advice.Add(new Advice("float64", e.AsItWas.Name, false, "train in float64, or write the loss so that nothing cancels; not replayed"));
        }

        if (e.Case.Experiment.Optimizer.Preconditioned && first.Name is "preconditioner" or "edge_of_stability")
        {
            var tried = Changes.LowerSecondDecays(e.Case.Experiment.Optimizer).Select(c => (Change: c, Future: e.Replay(c))).ToList();
            if ((tried.FirstOrDefault(t => !t.Future.Spiked).Change ?? tried.LastOrDefault().Change) is { } change)
            {
                advice.Add(Tried(e, change, "a second moment that forgets faster follows g² sooner"));
            }

            if (Changes.LargerEpsilon(e.Case.Experiment.Optimizer, e.Before, Below) is { } epsilon)
            {
                advice.Add(Tried(
                    e, epsilon, Text($"P cannot fall below ε, so that S stays below {Below:G3} T while λ₁ of H does not grow; small gradients move less")));
            }
        }

        if (IsAboutTheStep(first))
        {
            var rate = Tried(e, Changes.ShareOfLargest(e.Before, Below), HowLong(e, Below * e.Before.LargestStableLearningRate));
            var isLower = Below * e.Before.LargestStableLearningRate < e.Before.LearningRate;
            advice.AddRange(isLower ? [rate] : []);
            if (!isLower || !rate.StayedAway)
            {
                advice.Add(Tried(e, Changes.Half(e.Before), "the sharpness may rise further under a lower learning rate"));
            }
        }

        var norm = ClipNorm(e);
        advice.Add(Tried(e, Changes.Clip(norm), ClipBound(e, norm)));
        return advice;
    }

    /// <summary>Replays a learning rate that should not be stable, so that the advice can be seen to have a limit.</summary>
    public static void TryTheLimit(Evidence e, Cause first)
    {
        if (IsAboutTheStep(first))
        {
            e.Replay(Changes.ShareOfLargest(e.Before, Above));
        }
    }

    // A lower learning rate changes neither the examples of a batch nor the digits of a number.
    private static bool IsAboutTheStep(Cause first) => first.Name is not ("bad_batch" or "noise" or "precision");

    private static Advice Tried(Evidence e, FutureChange change, string more)
    {
        var future = e.Replay(change);
        var outcome = future.Outcome == RunOutcome.Diverged ? "the loss diverged"
            : future.Spiked ? Text($"the loss spiked at step {future.SpikeStep}{(future.HighestRise is { } rise ? Text($", ×{rise:G3}") : "")}")
            : Text($"the loss did not spike in {future.Rows.Count - 1} steps, and ended at {future.EndLoss:G4} ({e.AsItWas.EndLoss:G4} without the change)");
        return new Advice(change.Text, future.Name, !future.Spiked, more.Length > 0 ? $"{outcome}; {more}" : outcome);
    }

    /// <summary>η* holds where it was measured: how long until S reaches its threshold, Δt ≈ (T_new − S)/(dS/dt).</summary>
    private static string HowLong(Evidence e, double learningRate)
    {
        var calm = e.AsItWas.Rows.TakeWhile(r => r.Step < (e.AsItWas.SpikeStep ?? long.MaxValue)).Where(r => r.Sharpness is not null).ToList();
        if (calm.Count < 3 || !double.IsFinite(learningRate))
        {
            return "";
        }

        var slope = calm[0].Explanation?.Alpha is { } alpha
            ? learningRate * alpha
            : (calm[^1].Sharpness!.Value - calm[0].Sharpness!.Value) / (calm[^1].Step - calm[0].Step) * learningRate / e.Before.LearningRate;
        var threshold = e.Before.Threshold * e.Before.LearningRate / learningRate;
        var left = (threshold - e.Before.Eigenvalues[0]) / slope;
        return slope > 0 && left < 1e7
            ? Text($"S rises by {slope:G3} a step, so that this rate holds for about {left:F0} steps")
            : "";
    }

    /// <summary>The median norm up to the spike; for gradient descent no more than what bounds the rise to 5 % of the loss.</summary>
    private static double ClipNorm(Evidence e)
    {
        double[] norms =
        [
            .. e.AsItWas.Rows.TakeWhile(r => r.Step < (e.AsItWas.SpikeStep ?? long.MaxValue)).Select(r => r.GradientNorm)
                .Where(norm => double.IsFinite(norm) && norm > 0).Append(e.Before.GradientNorm).Order(),
        ];
        var typical = norms[norms.Length / 2];
        return IsPlain(e) && e.Before is { Loss: > 0 and var loss, Eigenvalues: [> 0 and var sharpness, ..] }
            ? Math.Min(typical, Math.Sqrt(2 * Rise * loss / sharpness) / e.Before.LearningRate)
            : typical;
    }

    // On a quadratic whose S is above 2/η, clipped gradient descent ends in an orbit of period two with |x₁| + |x₂| = ηc.
    private static string ClipBound(Evidence e, double norm)
    {
        var reach = e.Before.LearningRate * norm;
        return IsPlain(e) ? Text($"along the sharpest direction the loss rises by ½S(ηc)² at most, {e.Before.Eigenvalues[0] * reach * reach / 2:G3}") : "";
    }

    private static bool IsPlain(Evidence e) => e.Case.Experiment.Optimizer is GradientDescentSettings { WeightDecay: 0 };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
