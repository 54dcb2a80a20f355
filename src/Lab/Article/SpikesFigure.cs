using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 6 at several learning rates.</summary>
internal sealed class SpikesFigure(HamletSweep sweep) : IArticleFigure
{
    private const int Overview = 8;

    private static readonly int[] LearningRates = [1, 30, 57, 60, 70, 80, 90, 100];

    public ISliderFigure Figure { get; } = new SpikesPerStep(sweep);

    public IReadOnlyList<SliderValues> Settings => [.. LearningRates.Select(eta => SliderValues.Defaults(Figure.Sliders).With("eta", eta))];

    public IReadOnlyList<(string, IImage)> Images() =>
    [
        ("", new PanelGrid("Figure 6 · loss and sharpness on the word frequencies of Hamlet", 4,
            [.. Rows(0, Overview / 2), .. Rows(Overview / 2, Overview)]) { PanelWidth = 310, PanelHeight = 230 }),
        .. LearningRates.Select(eta => ($"-eta-{eta}", (IImage)Stack(sweep[eta]))),
    ];

    /// <summary>The figure of one learning rate, by the code that draws runs.</summary>
    private static Figures.Figure Stack(ToyRun run)
    {
        var steps = SmallPanel.Steps(run.Walk.Loss.Length);
        var loss = LossPanel.Draw(steps, run.Walk.Loss, run.Spikes);
        var threshold = Enumerable.Repeat(run.Threshold, steps.Length).ToArray();
        var curvature = CurvaturePanel.Draw(steps, run.Curvature.Eigenvalues, threshold, run.FirstCrossing, ReadableRange.OrdinaryRows(run.Walk.Loss));
        foreach (var panel in new[] { loss, curvature })
        {
            SpikeMarks.AddSpans(panel, run.Spikes);
        }

        return new Figures.Figure(
            $"Power law on Hamlet, η = {TickText.Number(run.Walk.LearningRate)}", "step", new ValueRange(0, steps[^1]), [loss, curvature]);
    }

    private IEnumerable<ScottPlot.Plot> Rows(int from, int to)
    {
        foreach (var eta in LearningRates[from..to])
        {
            var loss = sweep[eta].Walk.Loss;
            var panel = SmallPanel.Loss($"η = {eta}{(eta == SpikesPerStep.Default ? " (default)" : "")}", loss, 1e-7, 1e-2);
            var mean = SpikesPerStep.Mean(loss, SpikesPerStep.Weight.Default);
            panel.Add.ScatterLine(SmallPanel.Steps(loss.Length), mean.Select(Math.Log10).ToArray(), FigureStyle.Spike).LineWidth = 1.2f;
            yield return panel;
        }

        foreach (var eta in LearningRates[from..to])
        {
            var run = sweep[eta];
            var panel = SmallPanel.New("", "step", "sharpness");
            var highest = Math.Min(run.Curvature.Eigenvalues[0].Max(), 0.1);
            panel.Add.ScatterLine(SmallPanel.Steps(run.Walk.Loss.Length), run.Curvature.Eigenvalues[0], FigureStyle.Mode(0)).LineWidth = 1.2f;
            panel.Add.HorizontalLine(run.Threshold, 1.4f, FigureStyle.Threshold, ScottPlot.LinePattern.Dashed);
            panel.Axes.SetLimits(0, HamletSweep.Steps, 0, 1.05 * Math.Max(highest, run.Threshold < 0.1 ? run.Threshold : 0));
            yield return panel;
        }
    }
}
