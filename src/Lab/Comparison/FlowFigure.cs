using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Flows;
using ScottPlot;

namespace LossSpikes.Lab.Comparison;

/// <summary>A run and its flows: the loss with its mean and what is predicted of it, the sharpness, and the distance at equal times.</summary>
internal static class FlowFigure
{
    private const int Window = 50;

    // Of the same run: what rounding on another processor may change.
    private const double SameLoss = 0.01;

    /// <summary>The flows among some runs, and the one run that they are flows of; null where there is none, or more than one.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="warn">Receives a sentence for each flow of another run.</param>
    public static (ComparedRun Run, IReadOnlyList<ComparedRun> Flows)? Find(IReadOnlyList<ComparedRun> runs, Action<string> warn)
    {
        var (flows, others) = (runs.Where(IsFlow).ToList(), runs.Where(r => !IsFlow(r)).ToList());
        if (flows.Count == 0 || others.Count != 1)
        {
            return null;
        }

        var losses = others[0].Steps.Zip(others[0].Metrics.Loss).ToDictionary(p => p.First, p => p.Second);
        foreach (var flow in flows.ToList())
        {
            // Its first step is that of the run; later ones may have gone apart by rounding.
            var (step, own) = (flow.Steps[0], flow.Metrics[FlowScore.RunLoss][0]);
            if (!losses.TryGetValue(step, out var loss) || !(Math.Abs(loss - own) <= SameLoss * Math.Abs(loss)))
            {
                flows.Remove(flow);
                warn($"{flow.Name} is no flow of {others[0].Name}: their losses at step {step} differ");
            }
        }

        return flows.Count == 0 ? null : (others[0], flows);
    }

    /// <summary>The figure.</summary>
    public static PanelGrid Draw(ComparedRun run, IReadOnlyList<ComparedRun> flows) =>
        new($"{run.Name} and its flows at equal times", 1, [Loss(run, flows), Sharpness(run, flows), Distance(run, flows)])
        {
            PanelWidth = 1000,
            PanelHeight = 330,
        };

    private static bool IsFlow(ComparedRun run) => run.Metrics.Has(FlowColumns.PredictedLoss) && run.Metrics.Has(FlowScore.RunLoss);

    private static Plot Loss(ComparedRun run, IReadOnlyList<ComparedRun> flows)
    {
        var plot = SmallPanel.New("", "step", "loss");
        var axis = LogAxis.For([.. run.Metrics.Loss, .. flows.SelectMany(f => f.Metrics[FlowColumns.PredictedLoss])], int.MaxValue);
        var windows = flows.Select(f => FlowScore.Of(f.Metrics)?.Window).OfType<int>().DefaultIfEmpty(Window);
        var window = windows.Max();
        new Curve("loss of the run", run.Metrics.Loss, FigureStyle.Batch) { Joined = false, Width = FigureStyle.HairWidth }.AddTo(plot, axis, run.Steps);
        new Curve($"its mean over {window} steps", RunningMean.Of(run.Metrics.Loss, window), FigureStyle.Loss).AddTo(plot, axis, run.Steps);
        foreach (var (i, flow) in flows.Index())
        {
            new Curve($"predicted by {flow.Name}", flow.Metrics[FlowColumns.PredictedLoss], FigureStyle.Mode(i)).AddTo(plot, axis, flow.Steps);
        }

        return Finished(plot, axis, run, Alignment.LowerLeft);
    }

    private static Plot Sharpness(ComparedRun run, IReadOnlyList<ComparedRun> flows)
    {
        var plot = SmallPanel.New("", "step", "S/T");
        var axis = LinearAxis.For([run.SharpnessOverThreshold, .. flows.Select(f => f.SharpnessOverThreshold)], int.MaxValue)
            .Including(new ValueRange(0, 1.2)).WithMargins();
        new Curve(run.Name, run.SharpnessOverThreshold, FigureStyle.Batch).AddTo(plot, axis, run.Steps);
        foreach (var (i, flow) in flows.Index())
        {
            new Curve(flow.Name, flow.SharpnessOverThreshold, FigureStyle.Mode(i)).AddTo(plot, axis, flow.Steps);
        }

        plot.Add.HorizontalLine(1, 1.4f, FigureStyle.Threshold, LinePattern.Dashed);
        return Finished(plot, axis, run, Alignment.LowerRight);
    }

    private static Plot Distance(ComparedRun run, IReadOnlyList<ComparedRun> flows)
    {
        var plot = SmallPanel.New("", "step", "distance to the run");
        var axis = LogAxis.For([.. flows.SelectMany(f => f.Metrics[FlowColumns.Distance].Where(d => d > 0))], int.MaxValue);
        foreach (var (i, flow) in flows.Index())
        {
            double[] distance = [.. flow.Metrics[FlowColumns.Distance].Select(d => d > 0 ? d : double.NaN)];
            new Curve(flow.Name, distance, FigureStyle.Mode(i)).AddTo(plot, axis, flow.Steps);
        }

        return Finished(plot, axis, run, Alignment.LowerRight);
    }

    private static Plot Finished(Plot plot, IValueAxis axis, ComparedRun run, Alignment legend)
    {
        axis.ApplyTo(plot);
        plot.Axes.SetLimitsX(run.Steps[0], run.Steps[^1]);
        plot.ShowLegend(legend);
        return plot;
    }
}
