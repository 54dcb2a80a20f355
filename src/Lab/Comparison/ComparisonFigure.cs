using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Lab.Comparison;

/// <summary>Runs side by side: S/T and loss against the step and against Ση, and below them one panel of gradient components per run.</summary>
internal static class ComparisonFigure
{
    private const float Width = 620, Height = 300;

    // Of two runs on one axis, the shorter one then has a tenth of it.
    private const double MostUnequal = 10;

    /// <summary>The figure.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="components">Whether each has a panel of its gradient's components.</param>
    public static PanelGrid Draw(IReadOnlyList<ComparedRun> runs, bool components = true)
    {
        var steps = runs.Select(r => r.Steps).ToList();
        var (time, timeLabel) = Times(runs);
        return new PanelGrid("Runs side by side: sharpness in units of the threshold T, loss in units of the first", 2,
        [
            Sharpness(runs, steps, "step"), Sharpness(runs, time, timeLabel),
            Loss(runs, steps, "step"), Loss(runs, time, timeLabel),
            .. components ? runs.Zip(steps, Components) : [],
        ])
        { PanelWidth = Width, PanelHeight = Height };
    }

    /// <summary>
    /// Runs of one objective share their time: along gradient flow, whatever the learning rate, they are at one place at one time.
    /// The times of different objectives have nothing in common, and one axis would hold only the longest.
    /// </summary>
    private static (List<double[]> Times, string Label) Times(IReadOnlyList<ComparedRun> runs)
    {
        var times = runs.Select(r => r.Time).ToList();
        return times.Max(t => t[^1]) <= MostUnequal * times.Min(t => t[^1])
            ? (times, "η·step")
            : ([.. times.Select(time => time.Select(t => t / Math.Max(time[^1], double.Epsilon)).ToArray())], "η·step, in units of the run's last");
    }

    private static Plot Sharpness(IReadOnlyList<ComparedRun> runs, List<double[]> x, string xLabel)
    {
        var plot = SmallPanel.New("", xLabel, "S/T");
        var axis = LinearAxis.For([.. runs.Select(r => r.SharpnessOverThreshold)], int.MaxValue).Including(new ValueRange(0, 1.2));
        foreach (var (run, i) in runs.Select((r, i) => (r, i)))
        {
            new Curve(run.Name, run.SharpnessOverThreshold, FigureStyle.Mode(i)).AddTo(plot, axis, x[i]);
        }

        plot.Add.HorizontalLine(1, 1.4f, FigureStyle.Threshold, LinePattern.Dashed);
        axis.ApplyTo(plot);
        plot.Axes.SetLimitsX(0, x.Max(v => v[^1]));
        plot.ShowLegend(Alignment.LowerRight);
        return plot;
    }

    private static Plot Loss(IReadOnlyList<ComparedRun> runs, List<double[]> x, string xLabel)
    {
        var plot = SmallPanel.New("", xLabel, "loss over first loss");
        var axis = LogAxis.For([.. runs.SelectMany(r => r.RelativeLoss)], int.MaxValue);
        foreach (var (run, i) in runs.Select((r, i) => (r, i)))
        {
            new Curve(run.Name, run.RelativeLoss, FigureStyle.Mode(i)) { Joined = run.HasGaps }.AddTo(plot, axis, x[i]);
        }

        axis.ApplyTo(plot);
        plot.Axes.SetLimitsX(0, x.Max(v => v[^1]));
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static Plot Components(ComparedRun run, double[] steps)
    {
        var plot = SmallPanel.New(run.Name, "step", "g·v over the largest");
        var axis = new LinearAxis(new ValueRange(-1.1, 1.1));
        foreach (var (component, i) in run.RelativeComponents.Take(2).Select((c, i) => (c, i)))
        {
            new Curve($"g·v{TickText.Subscript(i + 1)}", component, FigureStyle.Mode(i)) { Width = FigureStyle.ThinWidth }.AddTo(plot, axis, steps);
        }

        axis.ApplyTo(plot);
        plot.Axes.SetLimitsX(0, steps[^1]);
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }
}
