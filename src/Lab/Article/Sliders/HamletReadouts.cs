using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>The quantities printed next to a run of the power law, all of them measured.</summary>
internal static class HamletReadouts
{
    private const double AtRest = 1e-12, DivergenceFactor = 1e4;

    /// <summary>Whether a walk leaves for good.</summary>
    public static bool Diverges(Trajectory walk) => walk.Loss.Any(l => !double.IsFinite(l) || l > DivergenceFactor * walk.Loss[0]);

    /// <summary>The share of the steps after <paramref name="from"/> on which a component of the gradient changes its sign.</summary>
    public static double Flips(double[] component, int from) =>
        Enumerable.Range(from + 1, component.Length - from - 1).Count(t => component[t] * component[t - 1] < 0) / (double)(component.Length - from - 1);

    /// <summary>What the gradient did over the last fifth of the first <paramref name="steps"/> steps.</summary>
    public static Readout Outcome(ToyRun run, int steps)
    {
        var tenth = steps / 10;
        var (before, last) = (run.Curvature.GradientNorm[(steps - 2 * tenth)..(steps - tenth)], run.Curvature.GradientNorm[(steps - tenth)..(steps + 1)]);
        return new("measured",
            Diverges(run.Walk) ? "Diverging"
            : last.Max() < AtRest || last.Max() < before.Min() ? "Converging"
            : "Oscillating: the gradient no longer shrinks")
        { Status = true };
    }

    /// <summary>The spikes in a few words.</summary>
    public static Readout Spikes(ToyRun run) => new("spikes", run.Spikes.Count == 0 ? "none"
        : FormattableString.Invariant(
            $"{run.Spikes.Count}, the first opens at step {run.Spikes[0].OpenStep}, ")
            + FormattableString.Invariant($"the highest rises {NumberText.Rounded(run.Spikes.Max(s => s.Rise) ?? double.NaN, 3)} times"))
    { Value = run.Spikes.Count };

    /// <summary>The first step above 2/η.</summary>
    public static Readout FirstCrossing(ToyRun run) =>
        run.FirstCrossing is { } step ? Readout.Number("S first passes 2/η at step", step) : new("S first passes 2/η at step", "never");
}
