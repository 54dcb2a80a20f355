using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article;

/// <summary>Draws figure 1 at several sharpnesses.</summary>
internal sealed class ParabolaFigure : IArticleFigure
{
    private const double Top = 14;

    private static readonly double[] Sharpnesses = [0.2, 1, 2, 4];

    public ISliderFigure Figure { get; } = new Parabola();

    public IReadOnlyList<SliderValues> Settings => [.. Sharpnesses.Select(s => SliderValues.Defaults(Figure.Sliders).With(Parabola.Sharpness.Name, s))];

    public IReadOnlyList<(string, IImage)> Images() =>
    [
        ("", new PanelGrid("Figure 1 · the parabola f(x) = S x²/2", 4, [.. Sharpnesses.Select(s =>
        {
            var plot = SmallPanel.New($"S = {TickText.Number(s)}{(s == Parabola.Sharpness.Default ? " (default)" : "")}", "x", "loss f(x)");
            plot.Add.ScatterLine(Parabola.Positions(), Parabola.Positions().Select(x => Parabola.Loss(s, x)).ToArray(), FigureStyle.Mode(0)).LineWidth = 2;
            plot.Axes.SetLimits(-Parabola.Reach, Parabola.Reach, 0, Top);
            return plot;
        })])),
    ];
}
