using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 4: gradient descent and gradient flow on the two-dimensional quadratic.</summary>
internal sealed class QuadraticDescent : ISliderFigure
{
    private const double Escape = 100, FlowStep = 0.03;
    private const int FlowPoints = 200;

    private static readonly double[] Start = [2.5, 2.0];

    /// <summary>η.</summary>
    public static Slider LearningRate { get; } = new("eta", "learning rate η", 0.01, 1, 0.01, 0.15);

    /// <summary>How many steps are walked.</summary>
    public static Slider Steps { get; } = new("steps", "steps", 5, 100, 1, 30) { Whole = true };

    public int Number => 4;

    public string Title => "The sharpest direction decides";

    public string Text => "Along each eigenvector gradient descent is the one-dimensional case again, so it converges exactly while η < 2/λ for the largest "
        + "eigenvalue: η < 2/λ_max = 0.5. Just below, the iterates zigzag across the valley; just above, they escape along the sharpest "
        + "direction while the other one still converges. The grey line is gradient flow, the limit of small learning rates.";

    public IReadOnlyList<Slider> Sliders { get; } = [LevelSets.First(4), LevelSets.Second(4), LevelSets.Rotation, LearningRate, Steps];

    /// <summary>The iterates until the end, or until a coordinate passes 100, where the article stops.</summary>
    public static Trajectory Walk(double first, double second, double degrees, double learningRate, int steps)
    {
        using var quadratic = Quadratic.Rotated(first, second, degrees);
        var walk = BatchedDescent.Walk(quadratic, Start, [learningRate], steps)[0];
        var length = Enumerable.Range(1, walk.Loss.Length).FirstOrDefault(n => walk.Parameters.Any(p => Math.Abs(p[n - 1]) > Escape), walk.Loss.Length);
        return new Trajectory(walk.LearningRate, [.. walk.Parameters.Select(p => p[..length])], walk.Loss[..length]);
    }

    /// <summary>Where gradient flow stands at a time: each component along an eigenvector has decayed by e^(−λt).</summary>
    public static double[] Flow(double first, double second, double degrees, double time)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        var (u, v) = (Math.Exp(-first * time) * (Start[0] * cos + Start[1] * sin), Math.Exp(-second * time) * (Start[1] * cos - Start[0] * sin));
        return [u * cos - v * sin, u * sin + v * cos];
    }

    /// <summary>The whole path of gradient flow.</summary>
    public static ArticleTable FlowPath(double first, double second, double degrees) =>
        new(["x_1", "x_2"], [.. Enumerable.Range(0, FlowPoints).Select(i => Flow(first, second, degrees, FlowStep * i))]);

    public FigureSlice At(SliderValues values)
    {
        var (first, second, degrees, eta) = (values["lambda1"], values["lambda2"], values[LevelSets.Rotation.Name], values[LearningRate.Name]);
        var walk = Walk(first, second, degrees, eta, (int)values[Steps.Name]);
        var highest = Math.Max(first, second);
        return new(
            new(["learning_rate", "step", "x_1", "x_2", "loss", "flow_x_1", "flow_x_2"],
                [.. walk.Loss.Select((loss, t) => (double[])[eta, t, walk.Parameters[0][t], walk.Parameters[1][t], loss, .. Flow(first, second, degrees, eta * t)])]),
            [Readout.Number("λ_max", highest), Readout.Number("η", eta), Readout.Number("2/λ_max", 2 / highest), Readout.Prediction(eta, highest), Readout.Measured(walk.Loss)])
        {
            Companions = new Dictionary<string, ArticleTable> { ["levels"] = LevelSets.Table(first, second, degrees), ["flow"] = FlowPath(first, second, degrees) },
        };
    }
}
