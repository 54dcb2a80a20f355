using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Figure 3: level sets of the two-dimensional quadratic and its principal axes.</summary>
internal sealed class LevelSetFigure : IArticleFigure
{
    private const double First = 4, Second = 1, Reach = 3.5;
    private const int Points = 181;

    /// <summary>The values of the loss whose level sets are drawn.</summary>
    public static readonly double[] Levels = [0.5, 1, 2, 3, 5, 8, 12];

    private static readonly double[] Rotations = [0, 30, 60, 90];

    public int Number => 3;

    public string Title => "Many directions, many curvatures";

    public string Text => "With more parameters the loss near a minimum is f(x) = ½ xᵀAx. Its level sets are ellipses; their axes are the eigenvectors of A, "
        + "and along each the curvature is the eigenvalue. (Where the article writes ½xᵀAx as a double sum, a factor ½ is missing.)";

    public ArticleTable Data => new(["lambda_1", "lambda_2", "rotation_degrees", "level", "x", "y"],
        [.. Rotations.SelectMany(r => Levels.SelectMany(l => Ellipse(First, Second, r, l).Select(p => new[] { First, Second, r, l, p.X, p.Y })))]);

    /// <summary>The closed curve ½ xᵀAx = level; the axis of the first eigenvalue lies <paramref name="degrees"/> from the x axis.</summary>
    public static (double X, double Y)[] Ellipse(double first, double second, double degrees, double level)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return [.. Enumerable.Range(0, Points).Select(i =>
        {
            var (b, a) = Math.SinCos(2 * Math.PI * i / (Points - 1));
            var (u, v) = (a * Math.Sqrt(2 * level / first), b * Math.Sqrt(2 * level / second));
            return (u * cos - v * sin, u * sin + v * cos);
        })];
    }

    /// <summary>Adds the level sets to a panel that shows them to scale.</summary>
    public static void AddLevels(Plot plot, double first, double second, double degrees, double reach)
    {
        foreach (var level in Levels)
        {
            var ellipse = Ellipse(first, second, degrees, level);
            plot.Add.ScatterLine(ellipse.Select(p => p.X).ToArray(), ellipse.Select(p => p.Y).ToArray(), FigureStyle.Mode(0).WithOpacity(0.55)).LineWidth = 1.2f;
        }

        plot.Axes.SetLimits(-reach, reach, -reach, reach);
        plot.Axes.SquareUnits();
    }

    public IReadOnlyList<(string, IImage)> Images() =>
    [
        ("", new PanelGrid("Figure 3 · level sets of ½ xᵀAx with λ₁ = 4, λ₂ = 1 and the principal axes", 4, [.. Rotations.Select(degrees =>
        {
            var plot = SmallPanel.New($"rotation {degrees}°{(degrees == 30 ? " (default)" : "")}", "x₁", "x₂");
            AddLevels(plot, First, Second, degrees, Reach);
            foreach (var (axis, angle) in ((int, double)[])[(0, degrees), (1, degrees + 90)])
            {
                var (sin, cos) = Math.SinCos(angle * Math.PI / 180);
                plot.Add.ScatterLine(new[] { -Reach * cos, Reach * cos }, new[] { -Reach * sin, Reach * sin }, axis == 0 ? FigureStyle.Spike : FigureStyle.Mode(2)).LinePattern = LinePattern.Dashed;
            }

            return plot;
        })])),
    ];
}
