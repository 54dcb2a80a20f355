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

    public string Text => "Each step of gradient descent multiplies x by 1 − ηS. It shrinks while |1 − ηS| < 1, that is while η < 2/S: the critical "
        + "learning rate is η_crit = 2/S. Between 1/S and 2/S the iterates change sides at every step and still converge; at 2/S they "
        + "bounce for ever; above, they fly away.";

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
