using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Spectra;

/// <summary>The figures of spectra.</summary>
internal static class SpectrumFigures
{
    private const int MostCurves = 6;

    // A single eigenvalue stands this far above the floor.
    private const double Floor = 30;

    /// <summary>The smoothed densities, on a logarithmic axis, since most eigenvalues are near zero and the largest are few.</summary>
    /// <param name="readings">The spectra.</param>
    /// <param name="matrix">What they are spectra of.</param>
    /// <param name="name">The name of the run.</param>
    public static Figure Density(IReadOnlyList<SpectrumReading> readings, string matrix, string name)
    {
        var shown = Some(readings);
        var plot = FigureStyle.NewPanel("share of eigenvalues per unit of λ");
        List<(double[] At, double[] Density)> curves = [.. shown.Select(r =>
        {
            double[] grid = [.. SpectrumGrid.Of(r)];
            return (grid, grid.Select(at => r.Measure.Density(at, r.SmoothingWidth)).ToArray());
        })];
        var x = new ValueRange(curves.Min(c => c.At[0]), curves.Max(c => c.At[^1]));
        var low = shown.Min(r => 1 / (r.Parameters * r.SmoothingWidth * Math.Sqrt(2 * Math.PI))) / Floor;
        var axis = new LogAxis(new ValueRange(Math.Log10(low), Math.Log10(curves.Max(c => c.Density.Max()))).Padded(0.05));
        foreach (var (i, reading) in shown.Index())
        {
            var label = FormattableString.Invariant($"step {reading.Step}, σ = {reading.SmoothingWidth:G3}");
            new Curve(label, curves[i].Density, FigureStyle.Mode(i)).AddTo(plot, axis, curves[i].At);
            double[] values = [.. reading.Eigenvalues.Select(e => e.Value)];
            var dots = plot.Add.ScatterPoints(values, [.. values.Select(_ => axis.Limits.Low + (0.02 + 0.03 * i) * axis.Limits.Span)], FigureStyle.Mode(i));
            dots.MarkerSize = 7;
            dots.LegendText = i == 0 ? "λ₁, λ₂, … and λ_min" : "";
        }

        var thresholds = shown.Select(r => r.Threshold).Where(double.IsFinite).Distinct().ToList();
        if (thresholds is [var threshold] && threshold < x.High + x.Span)
        {
            plot.Add.VerticalLine(threshold, FigureStyle.CurveWidth, FigureStyle.Threshold, LinePattern.Dashed).LegendText = "threshold";
            x = x.With(new ValueRange(threshold, threshold));
        }

        axis.ApplyTo(plot);
        var some = shown.Count < readings.Count ? $", {shown.Count} of {readings.Count} steps" : "";
        return new Figure($"Eigenvalues of {matrix}: {name}{some}", "eigenvalue λ, smoothed by a Gaussian of standard deviation σ", x, [plot])
        {
            SmallestStep = 0,
            Height = 560,
        };
    }

    /// <summary>Extreme eigenvalues, trace and negative share, step by step.</summary>
    /// <param name="readings">The spectra of at least two steps.</param>
    /// <param name="matrix">What they are spectra of.</param>
    /// <param name="name">The name of the run.</param>
    public static Figure Along(IReadOnlyList<SpectrumReading> readings, string matrix, string name)
    {
        double[] steps = [.. readings.Select(r => (double)r.Step)];
        return new Figure(
            $"The spectrum of {matrix} along {name}", "step", new ValueRange(steps[0], steps[^1]),
            [
                Panel("eigenvalue", [
                    new Curve("λ₁", [.. readings.Select(r => r.Eigenvalues[0].Value)], FigureStyle.Mode(0)),
                    new Curve("λ_min", [.. readings.Select(r => r.Smallest)], FigureStyle.Mode(1)),
                    new Curve("threshold", [.. readings.Select(r => r.Threshold)], FigureStyle.Threshold) { Dashed = true },
                ]),
                Panel("trace", [
                    new Curve("trace", [.. readings.Select(r => r.Trace)], FigureStyle.Mode(2)),
                    new Curve(readings.All(r => r.Complete) ? "" : "95 % interval", [.. readings.Select(r => r.Trace - r.TraceError)], FigureStyle.Crossing),
                    new Curve("", [.. readings.Select(r => r.Trace + r.TraceError)], FigureStyle.Crossing),
                ]),
                Panel("share below −σ", [new Curve("negative share", [.. readings.Select(r => r.NegativeShare)], FigureStyle.Mode(3))]),
            ]);

        Plot Panel(string label, IReadOnlyList<Curve> curves)
        {
            List<Curve> drawn = [.. curves.Where(c => c.Values.Any(double.IsFinite))];
            var plot = FigureStyle.NewPanel(label);
            var axis = LinearAxis.For([.. drawn.Select(c => c.Values)], int.MaxValue).Including(new ValueRange(0, 0)).WithMargins();
            drawn.ForEach(c => c.AddTo(plot, axis, steps));
            axis.ApplyTo(plot);
            return plot;
        }
    }

    private static IReadOnlyList<SpectrumReading> Some(IReadOnlyList<SpectrumReading> readings) => readings.Count <= MostCurves
        ? readings
        : [.. Enumerable.Range(0, MostCurves).Select(i => readings[i * (readings.Count - 1) / (MostCurves - 1)])];
}
