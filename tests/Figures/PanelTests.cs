using LossSpikes.Lab.Figures;
using LossSpikes.Monitors;
using ScottPlot;
using ScottPlot.Plottables;

namespace LossSpikes.Tests.Figures;

public sealed class PanelTests
{
    private static readonly double[] Steps = [0, 1, 2, 3];

    [Fact]
    public void The_loss_is_drawn_as_exponents_with_gaps()
    {
        var plot = LossPanel.Draw(Steps, [1, 0.1, double.NaN, 0.01], []);
        Assert.Equal([(0, 0), (1, -1), (2, double.NaN), (3, -2)], Points(plot, "loss"));
        Assert.Empty(plot.GetPlottables<Markers>());
    }

    [Fact]
    public void Spikes_are_marked_at_their_peaks()
    {
        SpikeEvent[] spikes = [Spike(1, onset: 1, peak: 2, end: 3, 0.5), Spike(2, onset: 3, peak: 3, end: 3, double.NaN)];
        var plot = LossPanel.Draw(Steps, [1, 0.1, 0.5, 0.01], spikes);
        var peaks = Assert.Single(plot.GetPlottables<Markers>());
        var points = peaks.Data.GetScatterPoints();
        Assert.Equal([2, 3], points.Select(p => p.X));
        Assert.InRange(points[0].Y, Math.Log10(0.5), Math.Log10(0.5) + 0.1);
        Assert.InRange(points[1].Y, points[0].Y, plot.Axes.GetLimits().Top);
        Assert.Equal("2 spikes", peaks.LegendText);
    }

    [Fact]
    public void Spans_reach_from_onset_to_end()
    {
        var plot = LossPanel.Draw(Steps, [1, 0.1, 0.5, 0.01], []);
        SpikeMarks.AddSpans(plot, [Spike(1, onset: 1, peak: 2, end: 3, 0.5)]);
        var span = Assert.Single(plot.GetPlottables<HorizontalSpan>());
        Assert.Equal((1, 3), (span.X1, span.X2));
        Assert.Same(span, plot.PlottableList[0]);
    }

    [Fact]
    public void Many_spikes_have_no_spans()
    {
        Plot plot = new();
        SpikeMarks.AddSpans(plot, [.. Enumerable.Range(0, 500).Select(i => Spike(i, i, i, i + 1, 1))]);
        Assert.Empty(plot.PlottableList);
    }

    [Fact]
    public void Eigenvalues_are_joined_across_steps_that_measured_none()
    {
        double[][] eigenvalues = [[3, double.NaN, 4, 5], [1, double.NaN, 2, double.NaN]];
        var plot = CurvaturePanel.Draw(Steps, eigenvalues, [4, 4, 4, 4], crossing: 3, ordinaryRows: 4);
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
    public void The_threshold_is_labelled(double[] threshold, string label)
    {
        var plot = CurvaturePanel.Draw(Steps, [[3, 3, 3, 3]], threshold, null, 4, "(2+2β)/η");
        Assert.Contains(plot.GetPlottables<Scatter>(), s => s.LegendText == label);
        Assert.Equal("largest eigenvalue of the Hessian", plot.Axes.Left.Label.Text);
    }

    [Fact]
    public void Gradient_components_are_drawn_unchanged()
    {
        var plot = GradientPanel.Draw(Steps, [[1, -1, 1, -1], [0, 0.5, 0, 0.5]], 4);
        Assert.Equal([(0, 1), (1, -1), (2, 1), (3, -1)], Points(plot, "g·v₁"));
        Assert.Equal([(0, 0), (1, 0.5), (2, 0), (3, 0.5)], Points(plot, "g·v₂"));
    }

    [Fact]
    public void Long_runs_keep_their_extremes()
    {
        double[] values = [.. Enumerable.Range(0, 200_000).Select(i => i == 77_777 ? 50 : Math.Sin(i))];
        values[123_456] = double.NaN;
        var kept = Thinning.Kept(values);
        Assert.InRange(kept.Length, 3000, 9000);
        Assert.All((int[])[0, 77_777, 123_456, 199_999], i => Assert.Contains(i, kept));
        Assert.Equal(kept.Order(), kept);
    }

    private static SpikeEvent Spike(int id, long onset, long peak, long end, double peakLoss) => new(end)
    {
        Id = id,
        Kind = SpikeKind.Instability,
        Outcome = SpikeOutcome.Recovered,
        OnsetStep = onset,
        OpenStep = onset,
        PeakStep = peak,
        EndStep = end,
        OnsetLoss = 0.1,
        PeakLoss = peakLoss,
        Rise = 2,
        Threshold = 20,
        Hvps = 1,
        Dtype = "float64",
    };

    private static IEnumerable<(double X, double Y)> Points(Plot plot, string label) =>
        plot.GetPlottables<Scatter>().Single(s => s.LegendText == label).Data.GetScatterPoints().Select(p => (p.X, Math.Round(p.Y, 9)));
}
