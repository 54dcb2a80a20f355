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

    private readonly Lazy<Lazy<ToyRun>[]> _runs = new(() =>
    {
        using var formula = Formula();
        return [.. BatchedDescent.Walk(formula, PowerLaw.ArticleStart, [.. Enumerable.Range(1, LearningRates).Select(i => (double)i)], Steps).Select(w => new Lazy<ToyRun>(() => Measure(w)))];
    });

    /// <summary>The run at a learning rate. The first call walks all of them, about a second; each is measured, in some 25 ms, when it is first asked for. Any thread may ask.</summary>
    public ToyRun this[int learningRate] => _runs.Value[learningRate - 1].Value;

    /// <summary>All runs, by learning rate.</summary>
    public IEnumerable<ToyRun> All => Enumerable.Range(1, LearningRates).Select(i => this[i]);

    /// <summary>The objective.</summary>
    public static PowerLaw Formula() => new(WordFrequencies.Hamlet());

    private static ToyRun Measure(Trajectory walk)
    {
        using var formula = Formula();
        return ToyRun.Of(walk, TrajectoryCurvature.Along(formula, walk));
    }
}
