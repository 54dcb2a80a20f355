using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 2: gradient descent on the parabola.</summary>
internal sealed class ParabolaDescent : ISliderFigure
{
    private const double Start = 2.5;
    private const int Steps = 15;

    /// <summary>η.</summary>
    public static Slider LearningRate { get; } = new("eta", "learning rate η", 0.05, 2.5, 0.05, 0.5);

    public int Number => 2;

    public string Title => "Too large a step overshoots";

    public string Text => "Each step of gradient descent multiplies x by 1 − ηS. It shrinks while |1 − ηS| < 1, that is while η < 2/S: the critical "
        + "learning rate is η_crit = 2/S. Between 1/S and 2/S the iterates change sides at every step and still converge; at 2/S they "
        + "bounce for ever; above, they fly away.";

    public IReadOnlyList<Slider> Sliders => [Parabola.Sharpness, LearningRate];

    /// <summary>The iterates.</summary>
    public static Trajectory Walk(double sharpness, double learningRate)
    {
        using var parabola = Quadratic.OneDimensional(sharpness);
        return BatchedDescent.Walk(parabola, [Start], [learningRate], Steps)[0];
    }

    public FigureSlice At(SliderValues values)
    {
        var (sharpness, eta) = (values[Parabola.Sharpness.Name], values[LearningRate.Name]);
        var walk = Walk(sharpness, eta);
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
            Companions = new Dictionary<string, ArticleTable> { ["curve"] = Parabola.Curve(sharpness) },
        };
    }
}
