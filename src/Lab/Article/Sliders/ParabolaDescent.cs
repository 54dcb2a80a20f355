using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 2: gradient descent on the parabola.</summary>
internal sealed class ParabolaDescent : ISliderFigure
{
    private const int Steps = 15, FlowPoints = 200;

    /// <summary>η.</summary>
    public static Slider LearningRate { get; } = new("eta", "learning rate η", 0.05, 2.5, 0.05, 0.5);

    /// <summary>x at the first step.</summary>
    public static Slider Start { get; } = new("x0", "start x₀", -Parabola.Reach, Parabola.Reach, 0.1, 2.5);

    public int Number => 2;

    public string Title => "Too large a step overshoots";

    public string Text =>
        "A step of gradient descent multiplies the distance from the minimum by the same factor: $$x_{t+1} = x_t − η S x_t = (1 − η S) x_t.$$ "
        + "It shrinks while $|1 − η S| < 1$, up to the critical learning rate $$η_crit = {2}/{S}.$$ Below $1/S$ the path stays on its side of the "
        + "valley. Between $1/S$ and $2/S$ it changes sides at every step and still converges. At $2/S$ it bounces for ever, and above it flies away. "
        + "Gradient flow, the limit of small steps, converges for every $S$.";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Iterates on the parabola", "Each dot is one step of gradient descent, from the start to the end of the path.", ["η", "gradient flow"]),
        new("Loss per step", "The loss after each step, on a logarithmic scale: a straight line falls or rises by the same factor at every step.", ["η_crit"]),
    ];

    public IReadOnlyList<Slider> Sliders => [Parabola.Sharpness, LearningRate, Start];

    /// <summary>The iterates.</summary>
    public static Trajectory Walk(double sharpness, double learningRate, double start)
    {
        using var parabola = Quadratic.OneDimensional(sharpness);
        return BatchedDescent.Walk(parabola, [start], [learningRate], Steps)[0];
    }

    /// <summary>Gradient flow from the same start: x decays by e^(−St), and a step takes the time η.</summary>
    public static ArticleTable Flow(double sharpness, double learningRate, double start) => new(["step", "x", "loss"],
        [.. Enumerable.Range(0, FlowPoints).Select(i =>
        {
            var step = (double)Steps * i / (FlowPoints - 1);
            var x = start * Math.Exp(-sharpness * learningRate * step);
            return new[] { step, x, Parabola.Loss(sharpness, x) };
        })]);

    public FigureSlice At(SliderValues values)
    {
        var (sharpness, eta, start) = (values[Parabola.Sharpness.Name], values[LearningRate.Name], values[Start.Name]);
        var walk = Walk(sharpness, eta, start);
        return new(
            new(
                ["sharpness", "learning_rate", "step", "x", "loss"],
                [.. walk.Loss.Select((loss, t) => new[] { sharpness, eta, t, walk.Parameters[0][t], loss })]),
            [
                Readout.Number("S", sharpness),
                Readout.Number("η", eta),
                Readout.Number("η_crit = 2/S", 2 / sharpness),
                Readout.Number("1 − ηS", 1 - eta * sharpness),
                Readout.Prediction(eta, sharpness), Readout.Measured(walk.Loss),
            ])
        {
            Companions = new Dictionary<string, ArticleTable> { ["curve"] = Parabola.Curve(sharpness), ["flow"] = Flow(sharpness, eta, start) },
        };
    }
}
