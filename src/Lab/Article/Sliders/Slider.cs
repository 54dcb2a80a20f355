using LossSpikes.Lab.Objectives;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>A quantity that the reader of a figure may change.</summary>
/// <param name="Name">Its name in links and queries.</param>
/// <param name="Label">What the page calls it.</param>
/// <param name="Low">The smallest value allowed.</param>
/// <param name="High">The largest.</param>
/// <param name="Step">How far the slider goes at a time.</param>
/// <param name="Default">Where it stands at first.</param>
internal sealed record Slider(string Name, string Label, double Low, double High, double Step, double Default)
{
    /// <summary>The learning rate of the power law on Hamlet: all of its values are walked as one batch.</summary>
    public static Slider HamletLearningRate(double standsAt) => new("eta", "learning rate η", 1, HamletSweep.LearningRates, 1, standsAt) { Whole = true };

    /// <summary>Where a path on Hamlet begins: C.</summary>
    public static Slider HamletC { get; } = new("c", "start C", Landscape.LowC, Landscape.HighC, 0.001, PowerLaw.ArticleStart[0]);

    /// <summary>Where a path on Hamlet begins: α.</summary>
    public static Slider HamletAlpha { get; } = new("alpha", "start α", Landscape.LowAlpha, Landscape.HighAlpha, 0.01, PowerLaw.ArticleStart[1]);

    /// <summary>Whether only whole numbers have a meaning.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether the figure is defined there.</summary>
    public bool Allows(double value) => value >= Low && value <= High && (!Whole || double.IsInteger(value));
}
