using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article;

/// <summary>The power law on Hamlet at all of the article's learning rates, 1…100, walked at once and measured at every step.</summary>
internal sealed class HamletSweep
{
    /// <summary>Steps of the article's longest figure.</summary>
    public const int Steps = 2500;

    private readonly Dictionary<int, ToyRun> _runs;

    /// <summary>Walks and measures: 250,000 points, two to three seconds.</summary>
    public HamletSweep()
    {
        using var formula = Formula();
        _runs = BatchedDescent.Walk(formula, PowerLaw.ArticleStart, [.. Enumerable.Range(1, 100).Select(i => (double)i)], Steps)
            .ToDictionary(w => (int)w.LearningRate, w => ToyRun.Of(w, TrajectoryCurvature.Along(formula, w)));
    }

    /// <summary>The run at a learning rate.</summary>
    public ToyRun this[int learningRate] => _runs[learningRate];

    /// <summary>All runs, by learning rate.</summary>
    public IEnumerable<ToyRun> All => Enumerable.Range(1, 100).Select(i => _runs[i]);

    /// <summary>The objective.</summary>
    public static PowerLaw Formula() => new(WordFrequencies.Hamlet());
}
