using LossSpikes.Monitors;
using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>Spikes in a panel: a light span from onset to end, and a mark above each peak.</summary>
internal static class SpikeMarks
{
    /// <summary>Lays the spans behind the data. Beyond the number that the eye can tell apart there are none.</summary>
    public static void AddSpans(Plot plot, IReadOnlyList<SpikeEvent> spikes)
    {
        foreach (var spike in spikes.Count <= 150 ? spikes : [])
        {
            var span = plot.Add.HorizontalSpan(spike.OnsetStep, spike.EndStep, FigureStyle.SpikeSpan);
            span.LineStyle.Width = 0;
            plot.MoveToBack(span);
        }
    }

    /// <summary>Marks the peaks, the smaller the more there are.</summary>
    public static void AddPeaks(Plot plot, IValueAxis axis, IReadOnlyList<SpikeEvent> spikes)
    {
        if (spikes.Count == 0)
        {
            return;
        }

        var size = spikes.Count switch { <= 30 => 10f, <= 150 => 7f, _ => 4f };
        var above = 0.022 * axis.Limits.Span;
        var highest = axis.Limits.High - above / 2;
        var peaks = plot.Add.Markers(
            spikes.Select(s => (double)s.PeakStep).ToArray(),
            spikes.Select(s => Math.Min(axis.Position(Peak(s)) + above, highest)).ToArray(),
            MarkerShape.FilledTriangleDown,
            size,
            FigureStyle.Spike);
        peaks.LegendText = spikes.Count == 1 ? "spike" : $"{spikes.Count} spikes";
    }

    /// <summary>A loss that is no number any more has left through the top.</summary>
    private static double Peak(SpikeEvent spike) => double.IsNaN(spike.PeakLoss) ? double.PositiveInfinity : spike.PeakLoss;
}
