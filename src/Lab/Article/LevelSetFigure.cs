using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 3 at several rotations.</summary>
internal sealed class LevelSetFigure : IArticleFigure
{
    private const double First = 4, Second = 1;

    private static readonly double[] Rotations = [0, 30, 60, 90];

    public ISliderFigure Figure { get; } = new LevelSets();

    public IReadOnlyList<SliderValues> Settings => [.. Rotations.Select(r => SliderValues.Defaults(Figure.Sliders).With(LevelSets.Rotation.Name, r))];

    /// <summary>Adds the level sets to a panel that shows them to scale.</summary>
    public static void AddLevels(Plot plot, double first, double second, double degrees)
    {
        foreach (var level in LevelSets.Levels)
        {
            var ellipse = LevelSets.Ellipse(first, second, degrees, level);
            plot.Add.ScatterLine(
                ellipse.Select(p => p.X).ToArray(), ellipse.Select(p => p.Y).ToArray(), FigureStyle.Mode(0).WithOpacity(0.55)).LineWidth = 1.2f;
        }

        plot.Axes.SetLimits(-LevelSets.Reach, LevelSets.Reach, -LevelSets.Reach, LevelSets.Reach);
        plot.Axes.SquareUnits();
    }

    public IReadOnlyList<(string, IImage)> Images() =>
    [
        ("", new PanelGrid("Figure 3 · level sets of ½ xᵀAx with λ₁ = 4, λ₂ = 1 and the principal axes", 4, [.. Rotations.Select(degrees =>
        {
            var plot = SmallPanel.New($"rotation {degrees}°{(degrees == LevelSets.Rotation.Default ? " (default)" : "")}", "x₁", "x₂");
            AddLevels(plot, First, Second, degrees);
            foreach (var (axis, angle) in ((int, double)[])[(0, degrees), (1, degrees + 90)])
            {
                var ends = LevelSets.Axis(angle);
                plot.Add.ScatterLine(
                    ends.Select(p => p[0]).ToArray(),
                    ends.Select(p => p[1]).ToArray(),
                    axis == 0 ? FigureStyle.Spike : FigureStyle.Mode(2)).LinePattern = LinePattern.Dashed;
            }

            return plot;
        })])),
    ];
}
