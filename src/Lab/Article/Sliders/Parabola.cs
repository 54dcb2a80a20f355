namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 1: the parabola S x²/2.</summary>
internal sealed class Parabola : ISliderFigure
{
    /// <summary>How far the drawing goes to both sides.</summary>
    public const double Reach = 3;

    private const int Points = 121;

    /// <summary>S.</summary>
    public static Slider Sharpness { get; } = new("sharpness", "sharpness S", 0.2, 4, 0.1, 1);

    public int Number => 1;

    public string Title => "Sharpness is curvature";

    public string Text =>
        "Near its minimum a loss with one parameter is a parabola: $$f(x) = {1}/{2} S x^2.$$ Its second derivative $S$ is the sharpness. "
        + "The larger $S$, the narrower the valley.";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Loss over x", "The loss at every position x: a parabola whose second derivative is the sharpness.", ["S"]),
    ];

    public IReadOnlyList<Slider> Sliders => [Sharpness];

    /// <summary>S x²/2.</summary>
    public static double Loss(double sharpness, double x) => sharpness * x * x / 2;

    /// <summary>Evenly spaced positions.</summary>
    public static double[] Positions() => [.. Enumerable.Range(0, Points).Select(i => -Reach + 2 * Reach * i / (Points - 1))];

    /// <summary>The curve.</summary>
    public static ArticleTable Curve(double sharpness) =>
        new(["sharpness", "x", "loss"], [.. Positions().Select(x => new[] { sharpness, x, Loss(sharpness, x) })]);

    public FigureSlice At(SliderValues values)
    {
        var sharpness = values[Sharpness.Name];
        return new(
            Curve(sharpness),
            [Readout.Number("S", sharpness), Readout.Number("loss at x = 1", Loss(sharpness, 1)), Readout.Number("η_crit = 2/S", 2 / sharpness)]);
    }
}
