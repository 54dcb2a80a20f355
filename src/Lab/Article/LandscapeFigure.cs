using LossSpikes.Lab.Figures;
using ScottPlot;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Article;

/// <summary>Figure 5: the loss of the power law over its two parameters, and the paths of gradient descent.</summary>
internal sealed class LandscapeFigure(HamletSweep sweep) : IArticleFigure
{
    private const double LowC = -0.03, HighC = 0.07, LowAlpha = -1, HighAlpha = -0.4;
    private const int Cells = 160, Steps = 1500;

    private static readonly int[] LearningRates = [1, 30, 57, 70, 90, 100];

    public int Number => 5;

    public string Title => "A real loss: word frequencies of Hamlet";

    public string Text => "The frequencies of the hundred most frequent words of Hamlet are fitted by a power law, y ≈ C kᵅ of the rank k. The valley of this "
        + "loss bends and narrows, so that its sharpness is not the same everywhere. The paths start at C = 0, α = −0.8 (dark) and are "
        + "followed for 1,500 steps (light).";

    public ArticleTable Data => new(["learning_rate", "step", "c", "alpha", "loss"], [.. LearningRates.SelectMany(eta =>
        Enumerable.Range(0, Steps + 1).Select(t => new[] { eta, t, sweep[eta].Walk.Parameters[0][t], sweep[eta].Walk.Parameters[1][t], sweep[eta].Walk.Loss[t] }))]);

    public IReadOnlyList<(string, IImage)> Images()
    {
        var heights = Landscape();
        return [("", new PanelGrid("Figure 5 · log₁₀ of the loss over C and α (dark −6, light −4), and gradient descent from C = 0, α = −0.8", 3, [.. LearningRates.Select(eta =>
        {
            var plot = SmallPanel.New($"η = {eta}{(eta == 1 ? " (default)" : "")}", "C", "α");
            var map = plot.Add.Heatmap(heights);
            map.Position = new CoordinateRect(LowC, HighC, LowAlpha, HighAlpha);
            map.FlipVertically = true;
            map.Colormap = new ScottPlot.Colormaps.Grayscale();
            map.ManualRange = new ScottPlot.Range(-6, -4);
            var walk = sweep[eta].Walk;
            SmallPanel.AddPath(plot, walk.Parameters[0][..(Steps + 1)], walk.Parameters[1][..(Steps + 1)]);
            plot.Axes.SetLimits(LowC, HighC, LowAlpha, HighAlpha);
            return plot;
        })]) { PanelWidth = 400, PanelHeight = 330 })];
    }

    /// <summary>log₁₀ of the loss at the centres of the cells, rows from low α to high.</summary>
    private static double[,] Landscape()
    {
        using var scope = NewDisposeScope();
        using var formula = HamletSweep.Formula();
        var c = linspace(LowC, HighC, Cells, ScalarType.Float64);
        var alpha = linspace(LowAlpha, HighAlpha, Cells, ScalarType.Float64);
        var rows = stack([c.repeat(Cells), alpha.repeat_interleave(Cells)], 1);
        var values = formula.Losses(rows).log10().data<double>().ToArray();
        var map = new double[Cells, Cells];
        for (var i = 0; i < values.Length; i++)
        {
            map[i / Cells, i % Cells] = values[i];
        }

        return map;
    }
}
