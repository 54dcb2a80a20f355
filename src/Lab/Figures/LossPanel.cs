using LossSpikes.Monitors;
using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>The loss per step on a logarithmic axis, with its spikes.</summary>
internal static class LossPanel
{
    public static Plot Draw(double[] steps, double[] loss, IReadOnlyList<SpikeEvent> spikes, string label = "full-batch loss")
    {
        var plot = FigureStyle.NewPanel(label);
        var axis = LogAxis.For(loss, ReadableRange.OrdinaryRows(loss));
        new Curve("loss", loss, FigureStyle.Loss) { Joined = false }.AddTo(plot, axis, steps);
        SpikeMarks.AddPeaks(plot, axis, spikes);
        axis.ApplyTo(plot);
        return plot;
    }
}
