using LossSpikes.Lab.Figures;
using ScottPlot;
using ScottPlot.Plottables;

namespace LossSpikes.Tests.Figures;

public sealed class PanelTests
{
    private static readonly double[] Steps = [0, 1, 2, 3];

    [Fact]
    public void LossIsDrawnAsExponentsWithGaps()
    {
        var plot = LossPanel.Draw(Steps, [1, 0.1, double.NaN, 0.01], []);
        Assert.Equal([(0, 0), (1, -1), (2, double.NaN), (3, -2)], Points(plot, "loss"));
        Assert.Empty(plot.GetPlottables<Markers>());
    }

    [Fact]
    public void SpikesAreMarkedAtTheirPeaks()
    {
        RecordedSpike[] spikes = [new(1, 1, 2, 2, 3, 0.5, "recovered"), new(2, 3, 3, 3, null, double.NaN, "diverged")];
        var plot = LossPanel.Draw(Steps, [1, 0.1, 0.5, 0.01], spikes);
        var peaks = Assert.Single(plot.GetPlottables<Markers>());
        var points = peaks.Data.GetScatterPoints();
        Assert.Equal([2, 3], points.Select(p => p.X));
        Assert.InRange(points[0].Y, Math.Log10(0.5), Math.Log10(0.5) + 0.1);
        Assert.InRange(points[1].Y, points[0].Y, plot.Axes.GetLimits().Top);
        Assert.Equal("2 spikes", peaks.LegendText);
    }

    [Fact]
    public void SpansReachFromOnsetToEnd()
    {
        var plot = LossPanel.Draw(Steps, [1, 0.1, 0.5, 0.01], []);
        SpikeMarks.AddSpans(plot, [new RecordedSpike(1, 1, 2, 2, null, 0.5, "unfinished")], 3);
        var span = Assert.Single(plot.GetPlottables<HorizontalSpan>());
        Assert.Equal((1, 3), (span.X1, span.X2));
        Assert.Same(span, plot.PlottableList[0]);
    }

    [Fact]
    public void ManySpikesHaveNoSpans()
    {
        Plot plot = new();
        SpikeMarks.AddSpans(plot, [.. Enumerable.Range(0, 500).Select(i => new RecordedSpike(i, i, i, i, i + 1, 1, "recovered"))], 500);
        Assert.Empty(plot.PlottableList);
    }

    [Fact]
    public void EigenvaluesAreJoinedAcrossStepsThatMeasuredNone()
    {
        double[][] eigenvalues = [[3, double.NaN, 4, 5], [1, double.NaN, 2, double.NaN]];
        var plot = CurvaturePanel.Draw(Steps, eigenvalues, [4, 4, 4, 4], new RecordedCrossing(3, "up"), CurvatureLabels.GradientDescent, 4);
        Assert.Equal([(0, 3), (2, 4), (3, 5)], Points(plot, "λ₁"));
        Assert.Equal([(0, 1), (2, 2)], Points(plot, "λ₂"));
        Assert.Equal([(0, 4), (1, 4), (2, 4), (3, 4)], Points(plot, "2/η = 4"));
        var crossing = Assert.Single(plot.GetPlottables<VerticalLine>());
        Assert.Equal((3, "first crossing, step 3"), (crossing.X, crossing.LegendText));
        Assert.Equal("eigenvalues of the Hessian", plot.Axes.Left.Label.Text);
        Assert.Equal(0, plot.Axes.GetLimits().Bottom);
    }

    [Theory]
    [InlineData(new[] { 4.0, 4, 2, 2 }, "(2+2β)/η")]
    [InlineData(new[] { 400.0, 400, 400, 400 }, "(2+2β)/η = 400 (above)")]
    public void TheThresholdIsLabelled(double[] threshold, string label)
    {
        var plot = CurvaturePanel.Draw(Steps, [[3, 3, 3, 3]], threshold, null, new CurvatureLabels("(2+2β)/η", "the Hessian"), 4);
        Assert.Contains(plot.GetPlottables<Scatter>(), s => s.LegendText == label);
        Assert.Equal("largest eigenvalue of the Hessian", plot.Axes.Left.Label.Text);
    }

    [Fact]
    public void GradientComponentsAreDrawnAsTheyAre()
    {
        var plot = GradientPanel.Draw(Steps, [[1, -1, 1, -1], [0, 0.5, 0, 0.5]], 4);
        Assert.Equal([(0, 1), (1, -1), (2, 1), (3, -1)], Points(plot, "g·v₁"));
        Assert.Equal([(0, 0), (1, 0.5), (2, 0), (3, 0.5)], Points(plot, "g·v₂"));
    }

    [Fact]
    public void LongRunsKeepTheirExtremes()
    {
        double[] values = [.. Enumerable.Range(0, 200_000).Select(i => i == 77_777 ? 50 : Math.Sin(i))];
        values[123_456] = double.NaN;
        var kept = Thinning.Kept(values);
        Assert.InRange(kept.Length, 3000, 9000);
        Assert.All((int[])[0, 77_777, 123_456, 199_999], i => Assert.Contains(i, kept));
        Assert.Equal(kept.Order(), kept);
    }

    private static IEnumerable<(double X, double Y)> Points(Plot plot, string label) =>
        plot.GetPlottables<Scatter>().Single(s => s.LegendText == label).Data.GetScatterPoints().Select(p => (p.X, Math.Round(p.Y, 9)));
}
