using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Article;

/// <summary>Figure 7: sharpness, and the gradient's components along the two eigenvectors.</summary>
internal sealed class GradientFigure(HamletSweep sweep) : IArticleFigure
{
    private const int Default = 70, Steps = 750;

    private static readonly int[] LearningRates = [Default, 60, 80];

    public int Number => 7;

    public string Title => "What oscillates is the sharpest direction";

    public string Text => "Above, the sharpness and 2/η; below, the gradient along the two eigenvectors of the Hessian. While the sharpness is above the line, the "
        + "component along the first eigenvector changes its sign at every step and grows; the second component goes on calmly.";

    public ArticleTable Data => new(["learning_rate", "step", "sharpness", "threshold", "gradient_dot_v1", "gradient_dot_v2"], [.. LearningRates.SelectMany(eta =>
    {
        var run = sweep[eta];
        return Enumerable.Range(0, Steps + 1).Select(t => new[] { eta, t, run.Curvature.Eigenvalues[0][t], run.Threshold, run.Curvature.GradientAlong[0][t], run.Curvature.GradientAlong[1][t] });
    })]);

    public IReadOnlyList<(string, IImage)> Images() => [.. LearningRates.Select(eta => (eta == Default ? "" : $"-eta-{eta}", (IImage)Stack(sweep[eta])))];

    private static Figure Stack(ToyRun run)
    {
        var steps = SmallPanel.Steps(Steps + 1);
        var crossing = run.FirstCrossing is <= Steps and { } step ? new RecordedCrossing((int)step, "up") : null;
        var threshold = Enumerable.Repeat(run.Threshold, steps.Length).ToArray();
        return new Figure($"Figure 7 · power law on Hamlet, η = {TickText.Number(run.Walk.LearningRate)}", "step", new ValueRange(0, Steps),
        [
            CurvaturePanel.Draw(steps, [run.Curvature.Eigenvalues[0][..(Steps + 1)]], threshold, crossing, CurvatureLabels.GradientDescent, steps.Length),
            GradientPanel.Draw(steps, [.. run.Curvature.GradientAlong.Select(g => g[..(Steps + 1)])], steps.Length),
        ]);
    }
}
