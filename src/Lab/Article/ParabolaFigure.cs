using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article;

/// <summary>Figure 1: the parabola S x²/2.</summary>
internal sealed class ParabolaFigure : IArticleFigure
{
    private const int Points = 121;
    private const double Reach = 3, Top = 14;

    private static readonly double[] Sharpnesses = [0.2, 1, 2, 4];

    public int Number => 1;

    public string Title => "Sharpness is curvature";

    public string Text => "A loss with one parameter near its minimum is a parabola, f(x) = S x²/2. Its second derivative S is the sharpness: "
        + "the larger it is, the narrower the valley. The slider of the article goes from 0.2 to 4 and stands at 1.";

    public ArticleTable Data => new(["sharpness", "x", "loss"], [.. Sharpnesses.SelectMany(s => Positions().Select(x => new[] { s, x, Loss(s, x) }))]);

    /// <summary>S x²/2.</summary>
    public static double Loss(double sharpness, double x) => sharpness * x * x / 2;

    /// <summary>Evenly spaced positions.</summary>
    public static double[] Positions(double reach = Reach) => [.. Enumerable.Range(0, Points).Select(i => -reach + 2 * reach * i / (Points - 1))];

    public IReadOnlyList<(string, IImage)> Images() =>
    [
        ("", new PanelGrid("Figure 1 · the parabola f(x) = S x²/2", 4, [.. Sharpnesses.Select(s =>
        {
            var plot = SmallPanel.New($"S = {TickText.Number(s)}{(s == 1 ? " (default)" : "")}", "x", "loss f(x)");
            plot.Add.ScatterLine(Positions(), Positions().Select(x => Loss(s, x)).ToArray(), FigureStyle.Mode(0)).LineWidth = 2;
            plot.Axes.SetLimits(-Reach, Reach, 0, Top);
            return plot;
        })])),
    ];
}
