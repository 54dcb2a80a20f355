using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>The power law on Hamlet at all of the article's learning rates, 1…100, walked as one batch and measured at every step.</summary>
internal sealed class HamletSweep
{
    /// <summary>Steps of the article's longest figure.</summary>
    public const int Steps = 2500;

    /// <summary>The learning rates are the whole numbers from 1 to this one.</summary>
    public const int LearningRates = 100;

    private static readonly ClosedPowerLaw Closed = new();

    private volatile PowerLawFlow _flow = new(Closed, PowerLaw.ArticleStart[0], PowerLaw.ArticleStart[1]);

    private readonly Lazy<Lazy<ToyRun>[]> _runs = new(() =>
    {
        using var formula = Formula();
        return [.. BatchedDescent.Walk(
            formula,
            PowerLaw.ArticleStart,
            [.. Enumerable.Range(1, LearningRates).Select(i => (double)i)],
            Steps).Select(w => new Lazy<ToyRun>(() => Measure(w)))];
    });

    /// <summary>
    /// The run at a learning rate. The first call walks all of them, about a second; each is measured, in some 25 ms, when it is first
    /// asked for. Any thread may ask.
    /// </summary>
    public ToyRun this[int learningRate] => _runs.Value[learningRate - 1].Value;

    /// <summary>
    /// The run where the sliders stand. That from the start of the article is one of the batch; from other starts it is walked alone, in
    /// closed form. Any thread may ask.
    /// </summary>
    public ToyRun At(SliderValues values)
    {
        var (eta, c, alpha) = (values["eta"], values[Slider.HamletC.Name], values[Slider.HamletAlpha.Name]);
        if (c == PowerLaw.ArticleStart[0] && alpha == PowerLaw.ArticleStart[1])
        {
            return this[(int)eta];
        }

        var (walk, curvature) = Closed.Walk(c, alpha, eta, Steps);
        return ToyRun.Of(walk, curvature);
    }

    /// <summary>All runs, by learning rate.</summary>
    public IEnumerable<ToyRun> All => Enumerable.Range(1, LearningRates).Select(i => this[i]);

    /// <summary>The objective.</summary>
    public static PowerLaw Formula() => new(WordFrequencies.Hamlet());

    /// <summary>Gradient flow from the same start for as long as so many steps take; that from the last start is kept.</summary>
    public ArticleTable Flow(SliderValues values, int steps)
    {
        var (eta, c, alpha) = (values["eta"], values[Slider.HamletC.Name], values[Slider.HamletAlpha.Name]);
        var flow = _flow;
        if (flow.Start != (c, alpha))
        {
            _flow = flow = new(Closed, c, alpha);
        }

        return new(["step", "c", "alpha", "loss", "sharpness"],
            [.. flow.Until(eta * steps).Select(p => new[] { p.Time / eta, p.C, p.Alpha, p.Loss, p.Sharpness })]);
    }

    private static ToyRun Measure(Trajectory walk)
    {
        using var formula = Formula();
        return ToyRun.Of(walk, TrajectoryCurvature.Along(formula, walk));
    }
}
