using LossSpikes.Lab.Figures;
using LossSpikes.Monitors;
using ScottPlot;

namespace LossSpikes.Lab.Replays;

/// <summary>Both branches of a replay: the loss above S/T, with the recorded spike and the step of the change.</summary>
internal static class ReplayFigure
{
    private static readonly Color Was = FigureStyle.Loss, WouldHaveBeen = FigureStyle.Mode(0);

    /// <param name="report">What is compared.</param>
    /// <param name="spike">The recorded spike.</param>
    /// <param name="was">Its rows, from the checkpoint on.</param>
    /// <param name="wouldHaveBeen">The rows of the counterfactual run.</param>
    public static Figure Draw(ReplayReport report, SpikeEvent spike, IReadOnlyList<Measurement> was, IReadOnlyList<Measurement> wouldHaveBeen)
    {
        var end = Math.Max(was[^1].Step, wouldHaveBeen[^1].Step);
        Plot[] panels = [Loss(report, spike, was, wouldHaveBeen), Sharpness(was, wouldHaveBeen)];
        foreach (var panel in panels)
        {
            SpikeMarks.AddSpans(panel, [spike]);
            var line = panel.Add.VerticalLine(report.At, FigureStyle.CurveWidth, FigureStyle.Crossing, LinePattern.Dotted);
            line.LegendText = panel == panels[0] ? $"the change, step {report.At}" : "";
        }

        return new Figure($"Spike {spike.Id} with {report.Change}", "step", new ValueRange(report.Checkpoint, Math.Max(end, report.Checkpoint + 1)), panels);
    }

    private static Plot Loss(ReplayReport report, SpikeEvent spike, IReadOnlyList<Measurement> was, IReadOnlyList<Measurement> wouldHaveBeen)
    {
        var plot = FigureStyle.NewPanel(was[0].BatchLoss is null ? "full-batch loss" : "batch loss");
        double[] first = [.. was.Select(m => m.StepLoss)], second = [.. wouldHaveBeen.Select(m => m.StepLoss)];
        var axis = LogAxis.For([.. first, .. second], int.MaxValue);
        new Curve("as it was", first, Was) { Joined = false }.AddTo(plot, axis, Steps(was));
        new Curve($"with {report.Change}", second, WouldHaveBeen) { Joined = false }.AddTo(plot, axis, Steps(wouldHaveBeen));
        SpikeMarks.AddPeaks(plot, axis, [spike]);
        axis.ApplyTo(plot);
        return plot;
    }

    private static Plot Sharpness(IReadOnlyList<Measurement> was, IReadOnlyList<Measurement> wouldHaveBeen)
    {
        var plot = FigureStyle.NewPanel("sharpness / threshold, S/T");
        double[] first = Ratios(was), second = Ratios(wouldHaveBeen);
        var axis = LinearAxis.For([first, second], int.MaxValue).Including(new ValueRange(1, 1)).WithMargins();
        new Curve("", first, Was).AddTo(plot, axis, Steps(was));
        new Curve("", second, WouldHaveBeen).AddTo(plot, axis, Steps(wouldHaveBeen));
        var edge = plot.Add.HorizontalLine(1, FigureStyle.CurveWidth, FigureStyle.Threshold, LinePattern.Dashed);
        edge.LegendText = "S = T";
        axis.ApplyTo(plot);
        return plot;
    }

    private static double[] Steps(IReadOnlyList<Measurement> rows) => [.. rows.Select(m => (double)m.Step)];

    private static double[] Ratios(IReadOnlyList<Measurement> rows) => [.. rows.Select(m => m.Sharpness / m.Threshold ?? double.NaN)];
}
