using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The futures of a training: the loss above S/T.</summary>
internal static class FutureFigure
{
    /// <summary>The figure.</summary>
    /// <param name="futures">The first is that without a change.</param>
    /// <param name="title">Its title.</param>
    /// <param name="from">What its steps are counted from.</param>
    public static Figure Draw(IReadOnlyList<Future> futures, string title, string from)
    {
        var full = futures[0].Rows[0].BatchLoss is null;
        return new Figure(
            title, $"steps from {from}",
            new ValueRange(0, Math.Max(1, futures.Max(f => f.Rows[^1].Step - f.Rows[0].Step))), [Loss(futures, full), Sharpness(futures)]);
    }

    private static Plot Loss(IReadOnlyList<Future> futures, bool full)
    {
        var plot = FigureStyle.NewPanel(full ? "full-batch loss" : "batch loss");
        var axis = LogAxis.For([.. futures.SelectMany(f => f.Rows.Select(r => r.StepLoss))], int.MaxValue);
        foreach (var (i, future) in futures.Index())
        {
            new Curve(future.Change, [.. future.Rows.Select(r => r.StepLoss)], Color(i)) { Joined = false }.AddTo(plot, axis, Steps(future));
        }

        axis.ApplyTo(plot);
        return plot;
    }

    private static Plot Sharpness(IReadOnlyList<Future> futures)
    {
        var plot = FigureStyle.NewPanel("sharpness / threshold, S/T");
        List<double[]> ratios = [.. futures.Select(f => f.Rows.Select(r => r.Ratio ?? double.NaN).ToArray())];
        var axis = LinearAxis.For([.. ratios], int.MaxValue).Including(new ValueRange(0, 1)).WithMargins();
        foreach (var (i, future) in futures.Index())
        {
            new Curve("", ratios[i], Color(i)).AddTo(plot, axis, Steps(future));
        }

        plot.Add.HorizontalLine(1, FigureStyle.CurveWidth, FigureStyle.Threshold, LinePattern.Dashed).LegendText = "S = T";
        axis.ApplyTo(plot);
        return plot;
    }

    private static Color Color(int index) => index == 0 ? FigureStyle.Spike : FigureStyle.Mode(index - 1);

    private static double[] Steps(Future future) => [.. future.Rows.Select(r => (double)(r.Step - future.Rows[0].Step))];
}
