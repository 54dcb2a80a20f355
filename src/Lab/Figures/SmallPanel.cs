using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>A panel of small multiples: title, labels and both axes.</summary>
internal static class SmallPanel
{
    private const float PixelsPerLabel = 38;

    /// <summary>An empty panel.</summary>
    public static Plot New(string title, string xLabel, string yLabel)
    {
        var plot = FigureStyle.NewPanel(yLabel);
        plot.Title(title, 14);
        plot.Axes.Title.Label.Bold = false;
        plot.XLabel(xLabel, 13);
        plot.YLabel(yLabel, 13);
        plot.Axes.Left.TickLabelStyle.FontSize = plot.Axes.Bottom.TickLabelStyle.FontSize = 12;
        plot.Axes.Left.TickGenerator = new LinearTicks(36);
        plot.Axes.Bottom.TickGenerator = new LinearTicks(PixelsPerLabel);
        return plot;
    }

    /// <summary>A loss per step on a logarithmic axis that is the same in every panel of a figure.</summary>
    public static Plot Loss(string title, double[] loss, double floor, double ceiling)
    {
        var plot = New(title, "step", "loss");
        var axis = new LogAxis(new ValueRange(Math.Log10(floor), Math.Log10(ceiling)).Padded(0.04));
        new Curve("", loss.Select(l => Math.Max(l, floor)).ToArray(), FigureStyle.Loss) { Joined = false }.AddTo(plot, axis, Steps(loss.Length));
        axis.ApplyTo(plot);
        plot.Axes.SetLimitsX(0, loss.Length - 1);
        return plot;
    }

    /// <summary>0, 1, …</summary>
    public static double[] Steps(int count) => [.. Enumerable.Range(0, count).Select(i => (double)i)];

    /// <summary>Marks where a path begins, by a circle, and where it is last seen, by a square.</summary>
    public static void AddEnds(Plot plot, double[] x, double[] y)
    {
        var last = Enumerable.Range(0, x.Length).Last(i => double.IsFinite(x[i]) && double.IsFinite(y[i]));
        foreach (var (at, shape) in ((int, MarkerShape)[])[(0, MarkerShape.FilledCircle), (last, MarkerShape.FilledSquare)])
        {
            var marker = plot.Add.Marker(x[at], y[at], shape, 9, Colors.White);
            (marker.MarkerStyle.OutlineColor, marker.MarkerStyle.OutlineWidth) = (Colors.Black, 1.5f);
        }
    }

    /// <summary>A path through the plane, coloured from its start to its end.</summary>
    public static void AddPath(Plot plot, double[] x, double[] y, float width = 1.4f)
    {
        const int Segments = 24;
        var colors = new ScottPlot.Colormaps.Plasma();
        var finite = Enumerable.Range(0, x.Length).TakeWhile(i => double.IsFinite(x[i]) && double.IsFinite(y[i])).Count();
        for (var s = 0; s < Segments; s++)
        {
            var (from, to) = (s * (finite - 1) / Segments, (s + 1) * (finite - 1) / Segments);
            if (to > from)
            {
                plot.Add.ScatterLine(x[from..(to + 1)], y[from..(to + 1)], colors.GetColor(0.9 * s / (Segments - 1))).LineWidth = width;
            }
        }
    }
}
