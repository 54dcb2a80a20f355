using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 7 at several learning rates.</summary>
internal sealed class GradientFigure(HamletSweep sweep) : IArticleFigure
{
    private const int Steps = GradientComponents.Steps;

    private static readonly int[] LearningRates = [GradientComponents.Default, 60, 80];

    public ISliderFigure Figure { get; } = new GradientComponents(sweep);

    public IReadOnlyList<SliderValues> Settings => [.. LearningRates.Select(eta => SliderValues.Defaults(Figure.Sliders).With("eta", eta))];

    public IReadOnlyList<(string, IImage)> Images() => [.. LearningRates.Select(eta => (eta == GradientComponents.Default ? "" : $"-eta-{eta}", (IImage)Stack(sweep[eta])))];

    private static Figures.Figure Stack(ToyRun run)
    {
        var steps = SmallPanel.Steps(Steps + 1);
        var crossing = run.FirstCrossing is <= Steps and { } step ? step : (long?)null;
        var threshold = Enumerable.Repeat(run.Threshold, steps.Length).ToArray();
        return new Figures.Figure($"Figure 7 · power law on Hamlet, η = {TickText.Number(run.Walk.LearningRate)}", "step", new ValueRange(0, Steps),
        [
            CurvaturePanel.Draw(steps, [run.Curvature.Eigenvalues[0][..(Steps + 1)]], threshold, crossing, steps.Length),
            GradientPanel.Draw(steps, [.. run.Curvature.GradientAlong.Select(g => g[..(Steps + 1)])], steps.Length),
        ]);
    }
}
