using LossSpikes.Monitors;
using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>The loss per step on a logarithmic axis, with its spikes.</summary>
internal static class LossPanel
{
    /// <param name="steps">The step of each row.</param>
    /// <param name="loss">The loss of each row.</param>
    /// <param name="spikes">Its spikes.</param>
    /// <param name="label">The label of the axis.</param>
    /// <param name="predicted">The mean loss that a flow predicts; null where there is none.</param>
    public static Plot Draw(
        double[] steps, double[] loss, IReadOnlyList<SpikeEvent> spikes, string label = "full-batch loss", double[]? predicted = null)
    {
        var plot = FigureStyle.NewPanel(label);
        var axis = LogAxis.For([.. loss, .. predicted ?? []], ReadableRange.OrdinaryRows(loss));
        if (predicted is not null)
        {
            new Curve("predicted mean", predicted, FigureStyle.Mode(1)) { Width = 2 * FigureStyle.CurveWidth }.AddTo(plot, axis, steps);
        }

        new Curve("loss", loss, FigureStyle.Loss) { Joined = false }.AddTo(plot, axis, steps);
        SpikeMarks.AddPeaks(plot, axis, spikes);
        axis.ApplyTo(plot);
        return plot;
    }

    /// <summary>The same with mini-batches: their loss at every step, thin, beneath the loss at measured steps.</summary>
    public static Plot Draw(double[] steps, double[] loss, double[] batchLoss, IReadOnlyList<SpikeEvent> spikes)
    {
        var plot = FigureStyle.NewPanel("loss");
        var axis = LogAxis.For([.. batchLoss, .. loss], ReadableRange.OrdinaryRows(batchLoss));
        new Curve("batch loss", batchLoss, FigureStyle.Batch) { Joined = false, Width = FigureStyle.HairWidth }.AddTo(plot, axis, steps);
        new Curve("loss", loss, FigureStyle.Loss).AddTo(plot, axis, steps);
        SpikeMarks.AddPeaks(plot, axis, spikes);
        axis.ApplyTo(plot);
        return plot;
    }
}
