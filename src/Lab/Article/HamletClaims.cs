using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using LossSpikes.Monitors;
using static System.FormattableString;

namespace LossSpikes.Lab.Article;

/// <summary>The article's claims about the power law on Hamlet, measured on all of its learning rates.</summary>
internal static class HamletClaims
{
    private const int ArticleBegin = 57, ArticleEnd = 90;
    private const int LongSteps = 8 * HamletSweep.Steps;

    /// <summary>The learning rate where spikes begin.</summary>
    public static ArticleClaim SpikesBegin(HamletSweep sweep)
    {
        var first = sweep.All.First(r => r.Spikes.Count > 0);
        var (eta, spike) = (first.Walk.LearningRate, first.Spikes[0]);
        return new ArticleClaim(6, "the smallest whole learning rate with a loss spike", $"η = {ArticleBegin}",
            Invariant($"η = {eta}: its first spike opens at step {spike.OpenStep} and rises {spike.Rise:F2} times; none at any smaller η within ")
                + Invariant($"{HamletSweep.Steps} steps"),
            eta == ArticleBegin ? Verdict.Confirmed : Verdict.Contradicted);
    }

    /// <summary>What happens past 90.</summary>
    public static ArticleClaim PastNinety(HamletSweep sweep)
    {
        var past = sweep.All.Where(r => r.Walk.LearningRate > ArticleEnd).ToList();
        var diverged = past.Count(r => HamletReadouts.Diverges(r.Walk));
        var highest = past.Max(r => r.Walk.Loss.Max() / r.Walk.Loss[0]);
        using var formula = HamletSweep.Formula();
        double[] beyond = [.. Enumerable.Range(11, 30).Select(i => 10.0 * i)];
        var first = BatchedDescent.Walk(formula, PowerLaw.ArticleStart, beyond, HamletSweep.Steps).FirstOrDefault(HamletReadouts.Diverges);
        return new ArticleClaim(6, "what happens past η = 90", "diverging",
            Invariant($"{diverged} of {past.Count} runs at η = {ArticleEnd + 1}…100 diverge within {HamletSweep.Steps} steps; their loss never exceeds ")
                + Invariant($"{highest:F1} times the first. ")
            + (first is null ? "None diverges up to 400 either." : Invariant($"In steps of 10 the first that diverges is η = {first.LearningRate}.")),
            diverged == past.Count ? Verdict.Confirmed : diverged == 0 ? Verdict.Contradicted : Verdict.Partly);
    }

    /// <summary>Whether the sharpness falls back below 2/η.</summary>
    public static ArticleClaim SharpnessFallsBack(HamletSweep sweep)
    {
        var spikes = sweep.All.SelectMany(r => r.Spikes.Where(s => s.Outcome == SpikeOutcome.Recovered).Select(s => (Run: r, Spike: s))).ToList();
        var back = spikes.Count(
            s =>
                Enumerable.Range(
                    (int)s.Spike.PeakStep, (int)(s.Spike.EndStep - s.Spike.PeakStep) + 1).Any(t => s.Run.Curvature.Eigenvalues[0][t] <= s.Run.Threshold));
        return new ArticleClaim(6, "after each spike the sharpness is below 2/η again", "always",
            Invariant($"in {back} of {spikes.Count} recovered spikes at η = 57…100, at some iterate between the peak of the loss and the end"),
            back == spikes.Count ? Verdict.Confirmed : back == 0 ? Verdict.Contradicted : Verdict.Partly);
    }

    /// <summary>Whether the dominant component of the gradient flips its sign.</summary>
    public static ArticleClaim DominantComponentFlips(HamletSweep sweep)
    {
        var run = sweep[70];
        var from = (int)run.FirstCrossing!.Value;
        var (first, second) = (HamletReadouts.Flips(run.Curvature.GradientAlong[0], from), HamletReadouts.Flips(run.Curvature.GradientAlong[1], from));
        var all = sweep.All.Where(r => r.FirstCrossing is < HamletSweep.Steps - 100 && r.Spikes.Count > 0).ToList();
        var lowest = all.Min(r => HamletReadouts.Flips(r.Curvature.GradientAlong[0], (int)r.FirstCrossing!.Value));
        return new ArticleClaim(7, "at the edge the gradient's dominant component flips its sign at every step, the other is calm", "every step",
            Invariant($"η = 70, from the first crossing (step {from}) on: g·v₁ flips on {first:P1} of the steps, g·v₂ on {second:P1}; over all η with ")
                + Invariant($"spikes g·v₁ flips on at least {lowest:P0}"),
            first > 0.95 && second < 0.05 ? Verdict.Confirmed : first > 0.5 ? Verdict.Partly : Verdict.Contradicted);
    }

    /// <summary>Whether a run comes to rest after its spikes, given eight times as long as the article gives it.</summary>
    public static ArticleClaim ComesToRest(HamletSweep sweep)
    {
        var spiking = sweep.All.Where(r => r.Spikes.Count > 0).Select(r => r.Walk.LearningRate).ToList();
        var calm = sweep.All.Last(r => r.Spikes.Count == 0 && r.Walk.LearningRate < ArticleBegin);
        using var formula = HamletSweep.Formula();
        var walks = BatchedDescent.Walk(formula, PowerLaw.ArticleStart, spiking, LongSteps);
        var gradients = walks.Select(LastGradient).ToList();
        var orbits = walks.Where(IsPeriodTwo).Select(w => w.LearningRate).ToList();
        return new ArticleClaim(6, "spikes correct themselves, and the run goes on towards the minimum", "converging",
            Invariant($"each spike ends, but no run with spikes comes to rest: after {LongSteps} steps |g| is {NumberText.Rounded(gradients.Min(), 2)}")
                + Invariant($" to {NumberText.Rounded(gradients.Max(), 2)}, against {NumberText.Rounded(calm.Curvature.GradientNorm[^1], 2)} after ")
                + Invariant($"{HamletSweep.Steps} at η = {calm.Walk.LearningRate}; ")
            + Invariant($"{orbits.Count} of {walks.Length} runs (η = {orbits.Min()}…{orbits.Max()}) end on an orbit of period 2 around the minimum, the ")
                + Invariant($"others on none"),
            gradients.Min() < 1e-10 ? Verdict.Confirmed : Verdict.Partly);
    }

    /// <summary>|g| at the last step but one, from the length of the step that it caused.</summary>
    private static double LastGradient(Trajectory walk) => Math.Sqrt(walk.Parameters.Sum(p => Math.Pow(p[^1] - p[^2], 2))) / walk.LearningRate;

    /// <summary>Every second iterate the same to a thousandth of the hop between neighbours, over the last hundred steps.</summary>
    private static bool IsPeriodTwo(Trajectory walk)
    {
        var c = walk.Parameters[1];
        return Enumerable.Range(c.Length - 100, 100).All(t => Math.Abs(c[t] - c[t - 2]) < 1e-3 * Math.Abs(c[t] - c[t - 1]));
    }
}
