using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Trajectories;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 4 at several learning rates.</summary>
internal sealed class QuadraticDescentFigure : IArticleFigure
{
    private const double First = 4, Second = 1, Rotation = 30, Floor = 1e-6, Ceiling = 1e4;
    private const int Steps = 30;

    private static readonly QuadraticDescent.Valley Valley =
        new(First, Second, Rotation, QuadraticDescent.FirstStart.Default, QuadraticDescent.SecondStart.Default);

    private static readonly double[] LearningRates = [0.15, 0.4, 0.49, 0.51];

    public ISliderFigure Figure { get; } = new QuadraticDescent();

    public IReadOnlyList<SliderValues> Settings =>
        [.. LearningRates.Select(eta => SliderValues.Defaults(Figure.Sliders).With(QuadraticDescent.LearningRate.Name, eta))];

    public IReadOnlyList<(string, IImage)> Images()
    {
        Trajectory[] walks = [.. LearningRates.Select(eta => QuadraticDescent.Walk(Valley, eta, Steps))];
        return
        [
            ("", new PanelGrid("Figure 4 · ½ xᵀAx with λ₁ = 4, λ₂ = 1: gradient descent from start ○ to end □, gradient flow (grey); 2/λ₁ = 0.5", 4,
                [.. walks.Select(Paths), .. walks.Select(w => SmallPanel.Loss("", w.Loss, Floor, Ceiling))])),
        ];
    }

    private static Plot Paths(Trajectory walk)
    {
        var plot = SmallPanel.New(
            $"η = {TickText.Number(walk.LearningRate)}{(walk.LearningRate == QuadraticDescent.LearningRate.Default ? " (default)" : "")}: "
                + $"{(walk.LearningRate < 2 / First ? "converging" : "diverging")}",
            "x₁",
            "x₂");
        LevelSetFigure.AddLevels(plot, First, Second, Rotation);
        var flow = QuadraticDescent.FlowPath(Valley).Rows;
        plot.Add.ScatterLine(flow.Select(p => p[0]).ToArray(), flow.Select(p => p[1]).ToArray(), FigureStyle.Frame).LineWidth = 3;
        var path = plot.Add.Scatter(walk.Parameters[0], walk.Parameters[1], FigureStyle.Spike);
        path.MarkerSize = 4;
        path.LineWidth = 1;
        SmallPanel.AddEnds(plot, walk.Parameters[0], walk.Parameters[1]);
        return plot;
    }
}
