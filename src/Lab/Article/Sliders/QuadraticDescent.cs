using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 4: gradient descent and gradient flow on the two-dimensional quadratic.</summary>
internal sealed class QuadraticDescent : ISliderFigure
{
    private const double Escape = 100, FlowStep = 0.03;
    private const int FlowPoints = 200;

    /// <summary>η.</summary>
    public static Slider LearningRate { get; } = new("eta", "learning rate η", 0.01, 1, 0.01, 0.15);

    /// <summary>How many steps are walked.</summary>
    public static Slider Steps { get; } = new("steps", "steps", 5, 100, 1, 30) { Whole = true };

    /// <summary>The first coordinate of the start.</summary>
    public static Slider FirstStart { get; } = new("x1", "start x₁", -LevelSets.Reach, LevelSets.Reach, 0.1, 2.5);

    /// <summary>The second one.</summary>
    public static Slider SecondStart { get; } = new("x2", "start x₂", -LevelSets.Reach, LevelSets.Reach, 0.1, 2.0);

    public int Number => 4;

    public string Title => "The sharpest direction decides";

    public string Text =>
        "Along each eigenvector gradient descent is the case of one parameter again. The sharpest direction decides: the path converges exactly while "
        + "$$η < {2}/{λ_max}.$$ Just below this bound it zigzags across the valley. Just above, it escapes along the sharpest direction while the "
        + "other component still converges. Gradient flow runs down the valley without a zigzag.";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Path over the level sets", "Each dot is one step of gradient descent; the smooth line is gradient flow from the same start.",
            ["level set", "gradient flow"]),
        new("Loss per step", "The loss after each step, on a logarithmic scale.", ["λ_max", "η"]),
    ];

    public IReadOnlyList<Slider> Sliders { get; } =
        [LevelSets.First(4), LevelSets.Second(4), LevelSets.Rotation, LearningRate, Steps, FirstStart, SecondStart];

    /// <summary>The iterates until the end, or until a coordinate passes 100, where the article stops.</summary>
    public static Trajectory Walk(Valley valley, double learningRate, int steps)
    {
        using var quadratic = Quadratic.Rotated(valley.First, valley.Second, valley.Degrees);
        var walk = BatchedDescent.Walk(quadratic, [valley.X1, valley.X2], [learningRate], steps)[0];
        var length = Enumerable.Range(1, walk.Loss.Length).FirstOrDefault(n => walk.Parameters.Any(p => Math.Abs(p[n - 1]) > Escape), walk.Loss.Length);
        return new Trajectory(walk.LearningRate, [.. walk.Parameters.Select(p => p[..length])], walk.Loss[..length]);
    }

    /// <summary>The whole path of gradient flow.</summary>
    public static ArticleTable FlowPath(Valley valley) =>
        new(["x_1", "x_2"], [.. Enumerable.Range(0, FlowPoints).Select(i => valley.Flow(FlowStep * i)[..2])]);

    public FigureSlice At(SliderValues values)
    {
        var valley = new Valley(
            values["lambda1"], values["lambda2"], values[LevelSets.Rotation.Name], values[FirstStart.Name], values[SecondStart.Name]);
        var eta = values[LearningRate.Name];
        var walk = Walk(valley, eta, (int)values[Steps.Name]);
        var highest = Math.Max(valley.First, valley.Second);
        return new(
            new(["learning_rate", "step", "x_1", "x_2", "loss", "flow_x_1", "flow_x_2", "flow_loss"],
                [.. walk.Loss.Select(
                    (loss, t) => (double[])[eta, t, walk.Parameters[0][t], walk.Parameters[1][t], loss, .. valley.Flow(eta * t)])]),
            [
                Readout.Number("λ_max", highest), Readout.Number("η", eta), Readout.Number("2/λ_max", 2 / highest),
                Readout.Prediction(eta, highest), Readout.Measured(walk.Loss),
            ])
        {
            Companions = new Dictionary<string, ArticleTable>
            {
                ["levels"] = LevelSets.Table(valley.First, valley.Second, valley.Degrees),
                ["flow"] = FlowPath(valley),
            },
        };
    }

    /// <summary>A two-dimensional quadratic and a start on it.</summary>
    /// <param name="First">The eigenvalue along the axis that is turned by <paramref name="Degrees"/> from the x axis.</param>
    /// <param name="Second">The other eigenvalue.</param>
    /// <param name="Degrees">The rotation.</param>
    /// <param name="X1">The first coordinate of the start.</param>
    /// <param name="X2">The second one.</param>
    internal readonly record struct Valley(double First, double Second, double Degrees, double X1, double X2)
    {
        /// <summary>Where gradient flow stands at a time, and its loss: each component along an eigenvector has decayed by e^(−λt).</summary>
        public double[] Flow(double time)
        {
            var (sin, cos) = Math.SinCos(Degrees * Math.PI / 180);
            var (u, v) = (Math.Exp(-First * time) * (X1 * cos + X2 * sin), Math.Exp(-Second * time) * (X2 * cos - X1 * sin));
            return [u * cos - v * sin, u * sin + v * cos, (First * u * u + Second * v * v) / 2];
        }
    }
}
