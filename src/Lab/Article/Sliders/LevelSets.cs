namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 3: level sets of the two-dimensional quadratic and its principal axes.</summary>
internal sealed class LevelSets : ISliderFigure
{
    /// <summary>How far the drawing goes to all sides.</summary>
    public const double Reach = 3.5;

    private const int Points = 181;

    /// <summary>The values of the loss whose level sets are drawn.</summary>
    public static readonly double[] Levels = [0.5, 1, 2, 3, 5, 8, 12];

    /// <summary>The angle from the x axis to the axis of the first eigenvalue.</summary>
    public static Slider Rotation { get; } = new("rotation", "rotation, degrees", 0, 90, 1, 30);

    public int Number => 3;

    public string Title => "Many directions, many curvatures";

    public string Text =>
        "With several parameters the loss near a minimum is $$f(x) = {1}/{2} x^⊤ A x = {1}/{2} Σ_{i} Σ_{j} A_{i j} x_i x_j.$$ Its level sets are ellipses. "
        + "Their axes are the eigenvectors of $A$, and the eigenvalue is the curvature along its axis: where the ellipse is short, the loss is sharp. "
        + "(In the article’s double sum the factor $½$ is missing.)";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Level sets and principal axes", "Each ellipse joins points of the same loss; the dashed axes are the eigenvectors.", ["level set", "λ₁, λ₂, …"]),
    ];

    public IReadOnlyList<Slider> Sliders { get; } = [First(8), Second(8), Rotation];

    /// <summary>λ₁, up to <paramref name="high"/>.</summary>
    public static Slider First(double high) => new("lambda1", "eigenvalue λ₁", 0.5, high, 0.1, 4);

    /// <summary>λ₂, up to <paramref name="high"/>.</summary>
    public static Slider Second(double high) => new("lambda2", "eigenvalue λ₂", 0.5, high, 0.1, 1);

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

    /// <summary>The ends of a principal axis at the rim of the drawing.</summary>
    public static double[][] Axis(double degrees)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return [[-Reach * cos, -Reach * sin], [Reach * cos, Reach * sin]];
    }

    /// <summary>All level sets.</summary>
    public static ArticleTable Table(double first, double second, double degrees) => new(["lambda_1", "lambda_2", "rotation_degrees", "level", "x", "y"],
        [.. Levels.SelectMany(l => Ellipse(first, second, degrees, l).Select(p => new[] { first, second, degrees, l, p.X, p.Y }))]);

    public FigureSlice At(SliderValues values)
    {
        var (first, second, degrees) = (values["lambda1"], values["lambda2"], values[Rotation.Name]);
        var highest = Math.Max(first, second);
        return new(
            Table(first, second, degrees),
            [Readout.Number("λ_max", highest), Readout.Number("2/λ_max", 2 / highest), Readout.Number("condition number", highest / Math.Min(first, second))])
        {
            Companions = new Dictionary<string, ArticleTable>
            {
                ["first_axis"] = new(["x", "y"], Axis(degrees)),
                ["second_axis"] = new(["x", "y"], Axis(degrees + 90)),
            },
        };
    }
}
