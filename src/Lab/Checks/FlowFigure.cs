using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Checks;

/// <summary>Descent and flow: the sharpness of both under 2/η, and how far they are apart (Cohen 2021, figure 5).</summary>
internal static class FlowFigure
{
    public static PanelGrid Draw(DescentAndFlowTrace trace) =>
        new(
            "Gradient descent and gradient flow from the same weights, at equal times η·step",
            1,
            [Sharpness(trace), Distance(trace)])
        { PanelWidth = 1000, PanelHeight = 340 };

    private static Plot Sharpness(DescentAndFlowTrace trace)
    {
        var plot = SmallPanel.New("", "step", "sharpness");
        var axis = LinearAxis.For([trace.DescentSharpness, trace.FlowSharpness], int.MaxValue).WithMargins();
        var steps = SmallPanel.Steps(trace.Distance.Length);
        new Curve("gradient descent", trace.DescentSharpness, FigureStyle.Mode(0)).AddTo(plot, axis, steps);
        new Curve("gradient flow", trace.FlowSharpness, FigureStyle.Mode(1)).AddTo(plot, axis, steps);
        new Curve(
            $"2/η = {TickText.Short(2 / trace.LearningRate)}",
            [.. steps.Select(_ => 2 / trace.LearningRate)],
            FigureStyle.Threshold)
        { Dashed = true }.AddTo(plot, axis, steps);
        return Finished(plot, axis, trace, Alignment.UpperLeft);
    }

    private static Plot Distance(DescentAndFlowTrace trace)
    {
        var plot = SmallPanel.New("", "step", "distance");
        var axis = LogAxis.For([.. trace.Distance.Skip(1), .. trace.Travelled.Skip(1)], int.MaxValue);
        var steps = SmallPanel.Steps(trace.Distance.Length)[1..];
        new Curve("between descent and flow", trace.Distance[1..], FigureStyle.Loss).AddTo(plot, axis, steps);
        new Curve("gone by the flow", trace.Travelled[1..], FigureStyle.Frame).AddTo(plot, axis, steps);
        return Finished(plot, axis, trace, Alignment.LowerRight);
    }

    private static Plot Finished(Plot plot, IValueAxis axis, DescentAndFlowTrace trace, Alignment legend)
    {
        if (trace.FirstCrossing is { } crossing)
        {
            plot.Add.VerticalLine(crossing, FigureStyle.CurveWidth, FigureStyle.Crossing, LinePattern.Dotted).LegendText = $"first crossing, step {crossing}";
        }

        axis.ApplyTo(plot);
        plot.Axes.SetLimitsX(0, trace.Distance.Length - 1);
        plot.ShowLegend(legend);
        return plot;
    }
}
