// What a notebook keeps of a run, and its figure: change it as you like.

using LossSpikes.Monitors;
using ScottPlot;

/// <summary>The measurements and events of a run.</summary>
public sealed class RunRecord : IMonitorSink
{
    public List<Measurement> Measurements { get; } = [];

    public List<MonitorEvent> Events { get; } = [];

    public IEnumerable<SpikeEvent> Spikes => Events.OfType<SpikeEvent>();

    public void Record(Measurement measurement) => Measurements.Add(measurement);

    public void Record(MonitorEvent happened) => Events.Add(happened);

    /// <summary>The loss on a logarithmic axis with the peaks of the spikes, and below it the sharpness and its threshold.</summary>
    public Multiplot Plot(long from = 0, long to = long.MaxValue)
    {
        var rows = Measurements.Where(m => m.Step >= from && m.Step <= to).ToList();
        var steps = rows.Select(m => (double)m.Step).ToArray();
        var (figure, black) = (new Multiplot(), Colors.Black);
        figure.AddPlots(2);
        var (loss, sharpness) = (figure.GetPlot(0), figure.GetPlot(1));

        loss.Add.ScatterLine(steps, rows.Select(m => Math.Log10(m.Loss)).ToArray(), black);
        foreach (var spike in Spikes.Where(s => s.PeakStep >= from && s.PeakStep <= to))
        {
            loss.Add.Marker(spike.PeakStep, Math.Log10(spike.PeakLoss), MarkerShape.FilledTriangleDown, 10, Colors.OrangeRed);
        }

        loss.YLabel("log₁₀ loss");
        loss.Axes.Left.MinimumSize = sharpness.Axes.Left.MinimumSize = 70; // one under the other
        sharpness.Add.ScatterLine(steps, rows.Select(m => m.Sharpness ?? double.NaN).ToArray(), Colors.C0).LegendText = "sharpness S";
        var threshold = sharpness.Add.ScatterLine(steps, rows.Select(m => m.Threshold).ToArray(), black);
        threshold.LinePattern = LinePattern.Dashed;
        threshold.LegendText = "threshold T";
        sharpness.XLabel("step");
        sharpness.ShowLegend(Alignment.LowerRight);
        return figure;
    }
}
