using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using ScottPlot;

namespace LossSpikes.Lab.Article;

/// <summary>Figure 4: gradient descent on the two-dimensional quadratic, and gradient flow beside it.</summary>
internal sealed class QuadraticDescentFigure : IArticleFigure
{
    private const double First = 4, Second = 1, Rotation = 30, Floor = 1e-6, Ceiling = 1e4, Reach = 3.5, Escape = 100;
    private const int Steps = 30;

    private static readonly double[] Start = [2.5, 2.0];
    private static readonly double[] LearningRates = [0.15, 0.4, 0.49, 0.51];

    private readonly Trajectory[] _walks;

    public QuadraticDescentFigure()
    {
        using var quadratic = Quadratic.Rotated(First, Second, Rotation);
        _walks = [.. BatchedDescent.Walk(quadratic, Start, LearningRates, Steps).Select(UntilEscape)];
    }

    public int Number => 4;

    public string Title => "The sharpest direction decides";

    public string Text => "Along each eigenvector gradient descent is the one-dimensional case again, so it converges exactly while η < 2/λ for the largest "
        + "eigenvalue: η < 2/λ_max = 0.5. Just below, the iterates zigzag across the valley; just above, they escape along the sharpest "
        + "direction while the other one still converges. The grey line is gradient flow, the limit of small learning rates.";

    public ArticleTable Data => new(["learning_rate", "step", "x_1", "x_2", "loss", "flow_x_1", "flow_x_2"],
        [.. _walks.SelectMany(w => w.Loss.Select((loss, t) => (double[])[w.LearningRate, t, w.Parameters[0][t], w.Parameters[1][t], loss, .. Flow(w.LearningRate * t)]))]);

    /// <summary>Where gradient flow stands at a time: each component along an eigenvector has decayed by e^(−λt).</summary>
    public static double[] Flow(double time)
    {
        var (sin, cos) = Math.SinCos(Rotation * Math.PI / 180);
        var (u, v) = (Math.Exp(-First * time) * (Start[0] * cos + Start[1] * sin), Math.Exp(-Second * time) * (Start[1] * cos - Start[0] * sin));
        return [u * cos - v * sin, u * sin + v * cos];
    }

    public IReadOnlyList<(string, IImage)> Images() =>
    [
        ("", new PanelGrid("Figure 4 · gradient descent on ½ xᵀAx with λ₁ = 4, λ₂ = 1, rotation 30°; λ_max = 4, 2/λ_max = 0.5", 4,
            [.. _walks.Select(Paths), .. _walks.Select(w => SmallPanel.Loss("", w.Loss, Floor, Ceiling))])),
    ];

    /// <summary>The article stops once a coordinate passes 100.</summary>
    private static Trajectory UntilEscape(Trajectory walk)
    {
        var outside = Array.FindIndex(SmallPanel.Steps(walk.Loss.Length), t => walk.Parameters.Any(p => Math.Abs(p[(int)t]) > Escape));
        var length = outside < 0 ? walk.Loss.Length : outside + 1;
        return new Trajectory(walk.LearningRate, [.. walk.Parameters.Select(p => p[..length])], walk.Loss[..length]);
    }

    private static Plot Paths(Trajectory walk)
    {
        var plot = SmallPanel.New($"η = {TickText.Number(walk.LearningRate)}{(walk.LearningRate == 0.15 ? " (default)" : "")}: {(walk.LearningRate < 2 / First ? "converging" : "diverging")}", "x₁", "x₂");
        LevelSetFigure.AddLevels(plot, First, Second, Rotation, Reach);
        var flow = Enumerable.Range(0, 200).Select(i => Flow(0.03 * i)).ToArray();
        plot.Add.ScatterLine(flow.Select(p => p[0]).ToArray(), flow.Select(p => p[1]).ToArray(), FigureStyle.Frame).LineWidth = 3;
        var path = plot.Add.Scatter(walk.Parameters[0], walk.Parameters[1], FigureStyle.Spike);
        path.MarkerSize = 4;
        path.LineWidth = 1;
        return plot;
    }
}
