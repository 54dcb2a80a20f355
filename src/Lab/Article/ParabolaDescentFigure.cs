using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Trajectories;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 2 at several learning rates.</summary>
internal sealed class ParabolaDescentFigure : IArticleFigure
{
    private const double Sharpness = 1, Floor = 1e-8, Ceiling = 1e3;

    private static readonly double[] LearningRates = [0.5, 1, 1.9, 2, 2.1];

    public ISliderFigure Figure { get; } = new ParabolaDescent();

    public IReadOnlyList<SliderValues> Settings =>
        [.. LearningRates.Select(
            eta => SliderValues.Defaults(Figure.Sliders).With(Parabola.Sharpness.Name, Sharpness).With(ParabolaDescent.LearningRate.Name, eta))];

    public IReadOnlyList<(string, IImage)> Images()
    {
        Trajectory[] walks = [.. LearningRates.Select(eta => ParabolaDescent.Walk(Sharpness, eta, ParabolaDescent.Start.Default))];
        return [(
            "",
            new PanelGrid(
                "Figure 2 · gradient descent on f(x) = S x²/2, S = 1, from start ○ to end □; critical learning rate 2/S = 2",
                walks.Length,
                [.. walks.Select(Iterates), .. walks.Select(Losses)]) { PanelWidth = 260 })];
    }

    private static Plot Iterates(Trajectory walk)
    {
        var verdict = walk.LearningRate < 2 / Sharpness ? "converging" : walk.LearningRate > 2 / Sharpness ? "diverging" : "neither";
        var plot = SmallPanel.New(
            $"η = {TickText.Number(walk.LearningRate)}{(walk.LearningRate == ParabolaDescent.LearningRate.Default ? " (default)" : "")}: {verdict}",
            "x",
            "loss");
        var x = Parabola.Positions();
        plot.Add.ScatterLine(x, x.Select(v => Parabola.Loss(Sharpness, v)).ToArray(), FigureStyle.Frame);
        var path = plot.Add.Scatter(walk.Parameters[0], walk.Loss, FigureStyle.Mode(0));
        path.MarkerSize = 6;
        path.LineWidth = 1;
        SmallPanel.AddEnds(plot, walk.Parameters[0], walk.Loss);
        plot.Axes.SetLimits(-Parabola.Reach, Parabola.Reach, -0.2, Parabola.Loss(Sharpness, Parabola.Reach));
        return plot;
    }

    private static Plot Losses(Trajectory walk) => SmallPanel.Loss("", walk.Loss, Floor, Ceiling);
}
