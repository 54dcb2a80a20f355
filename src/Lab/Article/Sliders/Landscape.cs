using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 5: the loss of the power law over its two parameters, and the path of gradient descent.</summary>
internal sealed class Landscape(HamletSweep sweep) : ISliderFigure
{
    /// <summary>What the picture shows of the plane.</summary>
    public const double LowC = -0.03, HighC = 0.07, LowAlpha = -1, HighAlpha = -0.4;

    /// <summary>Steps of a path.</summary>
    public const int Steps = 1500;

    /// <summary>Cells of the map along each side.</summary>
    public const int Cells = 160;

    private const int CellsAtATime = 1600;

    private readonly Lazy<ArticleTable> _map = new(Map);

    public int Number => 5;

    public string Title => "A real loss: word frequencies of Hamlet";

    public string Text =>
        "How often do the hundred most frequent words of Hamlet occur? Their frequencies $y_k$ follow a power law of the rank $k$, $y_k ≈ C k^α$, which is "
        + "fitted by the loss $$f(C, α) = {1}/{2N} Σ_{k=1}^{N} {(y_k − C k^α)}^2.$$ Its valley bends and narrows, so that the sharpness is not the same "
        + "everywhere. Along the green line the sharpness $S$ is $2/η$; on its upper side a step of this $η$ is too long for the valley, and a path that "
        + "comes there oscillates.";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Path over the loss",
            "Grey is the loss (dark is low), the coloured line the path of gradient descent in 1,500 steps, the green line where S = 2/η.",
            ["C, α", "S", "T", "gradient flow"]),
    ];

    public IReadOnlyList<Slider> Sliders { get; } = [Slider.HamletLearningRate(1), Slider.HamletC, Slider.HamletAlpha];

    /// <summary>log₁₀ of the loss and the sharpness over the plane, rows from low α to high.</summary>
    public ArticleTable Backdrop => _map.Value;

    public FigureSlice At(SliderValues values)
    {
        var (eta, run) = (values["eta"], sweep.At(values));
        var walk = run.Walk;
        return new(
            new(["learning_rate", "step", "c", "alpha", "loss"],
                [.. Enumerable.Range(0, Steps + 1).Select(t => new[] { eta, t, walk.Parameters[0][t], walk.Parameters[1][t], walk.Loss[t] })]),
            [
                Readout.Number("η", eta), Readout.Number("2/η", run.Threshold), Readout.Number("C at the end", walk.Parameters[0][Steps]),
                Readout.Number("α at the end", walk.Parameters[1][Steps]),
                Readout.Number("loss at the end", walk.Loss[Steps]),
                HamletReadouts.Outcome(run, Steps),
            ])
        {
            Companions = new Dictionary<string, ArticleTable> { ["flow"] = sweep.Flow(values, Steps), ["edge"] = Edge(run.Threshold) },
        };
    }

    /// <summary>
    /// Where the sharpness is a threshold, between two cells of the map. It grows with α, and so passes the threshold at most once for
    /// each C.
    /// </summary>
    public ArticleTable Edge(double threshold)
    {
        var cells = Backdrop.Rows;
        return new(["c", "alpha"], [.. Enumerable.Range(0, Cells).SelectMany(column =>
            Enumerable.Range(0, Cells - 1).Select(row => (Below: cells[row * Cells + column], Above: cells[(row + 1) * Cells + column]))
                .Where(pair => pair.Below[3] <= threshold && pair.Above[3] > threshold)
                .Select(pair =>
                {
                    var share = (threshold - pair.Below[3]) / (pair.Above[3] - pair.Below[3]);
                    return new[] { pair.Below[0], double.Lerp(pair.Below[1], pair.Above[1], share) };
                }))]);
    }

    private static ArticleTable Map()
    {
        using var scope = NewDisposeScope();
        using var formula = HamletSweep.Formula();
        var c = linspace(LowC, HighC, Cells, ScalarType.Float64);
        var alpha = linspace(LowAlpha, HighAlpha, Cells, ScalarType.Float64);
        var points = stack([c.repeat(Cells), alpha.repeat_interleave(Cells)], 1);
        var sharpness = cat([.. points.split(CellsAtATime).Select(cells => Sharpness(formula, cells))]);
        var rows = cat([points, formula.Losses(points).log10().unsqueeze(1), sharpness], 1).data<double>().ToArray();
        return new(["c", "alpha", "log10_loss", "sharpness"], [.. rows.Chunk(4)]);
    }

    /// <summary>λ₁ of the Hessian at each of N points, shape [N, 1].</summary>
    private static Tensor Sharpness(PowerLaw formula, Tensor points)
    {
        using var inner = NewDisposeScope();
        return PointCurvature.Measure(formula, points, pairs: 1, sharpnessGradient: false).Values.MoveToOuterDisposeScope();
    }
}
