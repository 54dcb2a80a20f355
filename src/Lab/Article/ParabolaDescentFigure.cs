using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Figure 2: gradient descent on the parabola at several learning rates.</summary>
internal sealed class ParabolaDescentFigure : IArticleFigure
{
    private const double Sharpness = 1, Start = 2.5, Floor = 1e-8, Ceiling = 1e3, Reach = 3;
    private const int Steps = 15;

    private static readonly double[] LearningRates = [0.5, 1, 1.9, 2, 2.1];

    private readonly Trajectory[] _walks;

    public ParabolaDescentFigure()
    {
        using var parabola = Quadratic.OneDimensional(Sharpness);
        _walks = BatchedDescent.Walk(parabola, [Start], LearningRates, Steps);
    }

    public int Number => 2;

    public string Title => "Too large a step overshoots";

    public string Text => "Each step of gradient descent multiplies x by 1 − ηS. It shrinks while |1 − ηS| < 1, that is while η < 2/S: the critical "
        + "learning rate is η_crit = 2/S. Between 1/S and 2/S the iterates change sides at every step and still converge; at 2/S they "
        + "bounce for ever; above, they fly away.";

    public ArticleTable Data => new(["sharpness", "learning_rate", "step", "x", "loss"],
        [.. _walks.SelectMany(w => w.Loss.Select((loss, t) => new[] { Sharpness, w.LearningRate, t, w.Parameters[0][t], loss }))]);

    public IReadOnlyList<(string, IImage)> Images() =>
        [("", new PanelGrid("Figure 2 · gradient descent on f(x) = S x²/2, S = 1, η_crit = 2/S = 2", LearningRates.Length, [.. _walks.Select(Iterates), .. _walks.Select(Losses)]) { PanelWidth = 260 })];

    private static Plot Iterates(Trajectory walk)
    {
        var verdict = walk.LearningRate < 2 / Sharpness ? "converging" : walk.LearningRate > 2 / Sharpness ? "diverging" : "neither";
        var plot = SmallPanel.New($"η = {TickText.Number(walk.LearningRate)}{(walk.LearningRate == 0.5 ? " (default)" : "")}: {verdict}", "x", "loss");
        var x = ParabolaFigure.Positions(Reach);
        plot.Add.ScatterLine(x, x.Select(v => ParabolaFigure.Loss(Sharpness, v)).ToArray(), FigureStyle.Frame);
        var path = plot.Add.Scatter(walk.Parameters[0], walk.Loss, FigureStyle.Mode(0));
        path.MarkerSize = 6;
        path.LineWidth = 1;
        plot.Axes.SetLimits(-Reach, Reach, -0.2, ParabolaFigure.Loss(Sharpness, Reach));
        return plot;
    }

    private static Plot Losses(Trajectory walk) => SmallPanel.Loss("", walk.Loss, Floor, Ceiling);
}
