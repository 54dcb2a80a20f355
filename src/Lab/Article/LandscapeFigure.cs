using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 5 at several learning rates.</summary>
internal sealed class LandscapeFigure(HamletSweep sweep) : IArticleFigure
{
    private static readonly int[] LearningRates = [1, 30, 57, 70, 90, 100];

    private static readonly Color EdgeColor = Color.FromHex("#00b386");

    private readonly Landscape _landscape = new(sweep);

    public ISliderFigure Figure => _landscape;

    public IReadOnlyList<SliderValues> Settings => [.. LearningRates.Select(eta => SliderValues.Defaults(Figure.Sliders).With("eta", eta))];

    public IReadOnlyList<(string, IImage)> Images()
    {
        var heights = Heights();
        const string Title = "Figure 5 · log₁₀ loss (dark −6, light −4), gradient descent from start ○ to end □, and the line S = 2/η (green)";
        return [("", new PanelGrid(Title, 3, [.. LearningRates.Select(eta =>
        {
            var plot = SmallPanel.New($"η = {eta}{(eta == 1 ? " (default)" : "")}", "C", "α");
            var map = plot.Add.Heatmap(heights);
            map.Position = new CoordinateRect(Landscape.LowC, Landscape.HighC, Landscape.LowAlpha, Landscape.HighAlpha);
            map.FlipVertically = true;
            map.Colormap = new ScottPlot.Colormaps.Grayscale();
            map.ManualRange = new ScottPlot.Range(-6, -4);
            var walk = sweep[eta].Walk;
            var (c, alpha) = (walk.Parameters[0][..(Landscape.Steps + 1)], walk.Parameters[1][..(Landscape.Steps + 1)]);
            SmallPanel.AddPath(plot, c, alpha);
            var edge = _landscape.Edge(sweep[eta].Threshold).Rows;
            plot.Add.ScatterLine(edge.Select(p => p[0]).ToArray(), edge.Select(p => p[1]).ToArray(), EdgeColor).LineWidth = 2.5f;
            SmallPanel.AddEnds(plot, c, alpha);
            plot.Axes.SetLimits(Landscape.LowC, Landscape.HighC, Landscape.LowAlpha, Landscape.HighAlpha);
            return plot;
        })]) { PanelWidth = 400, PanelHeight = 330 })];
    }

    private double[,] Heights()
    {
        var map = new double[Landscape.Cells, Landscape.Cells];
        foreach (var (i, cell) in _landscape.Backdrop.Rows.Index())
        {
            map[i / Landscape.Cells, i % Landscape.Cells] = cell[2];
        }

        return map;
    }
}
