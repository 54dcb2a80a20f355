using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Flows;
using ScottPlot;

namespace LossSpikes.Lab.Reports;

/// <summary>The figures of one run.</summary>
internal static class RunFigures
{
    /// <summary>
    /// Draws <c>run</c> (loss above eigenvalues) and, where they were measured, <c>gradient</c> (sharpness above the gradient's
    /// components) into the run's folder of figures, replacing older ones.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="format">The kind of file.</param>
    /// <returns>The paths of the files.</returns>
    public static IReadOnlyList<string> Draw(RecordedRun run, FigureFormat format)
    {
        List<string> paths = [Run(run).Save(run.FiguresDirectory, "run", format)];
        if (Measured(run.Metrics.GradientDots).Length > 0 && Measured(run.Metrics.Eigenvalues).Length > 0)
        {
            paths.Add(Gradient(run).Save(run.FiguresDirectory, "gradient", format));
        }

        return paths;
    }

    private static Figure Run(RecordedRun run)
    {
        var loss = run.Metrics.BatchLoss is { } batchLoss
            ? LossPanel.Draw(run.Metrics.Steps, run.Metrics.Loss, batchLoss, run.Spikes)
            : LossPanel.Draw(
                run.Metrics.Steps, run.Metrics.Loss, run.Spikes,
                predicted: run.Metrics.Has(FlowColumns.PredictedLoss) ? run.Metrics[FlowColumns.PredictedLoss] : null);
        var eigenvalues = Measured(run.Metrics.Eigenvalues);
        return Stack(run, eigenvalues.Length > 0 ? [loss, Curvature(run, eigenvalues)] : [loss]);
    }

    private static Figure Gradient(RecordedRun run) => Stack(run, [
        Curvature(run, [run.Metrics.Sharpness]),
        GradientPanel.Draw(run.Metrics.Steps, Measured(run.Metrics.GradientDots), ReadableRange.OrdinaryRows(run.Metrics.StepLoss))]);

    private static Plot Curvature(RecordedRun run, IReadOnlyList<double[]> eigenvalues) => CurvaturePanel.Draw(
        run.Metrics.Steps,
        eigenvalues,
        run.Metrics.Threshold,
        run.FirstCrossing,
        ReadableRange.OrdinaryRows(run.Metrics.StepLoss),
        run.ThresholdFormula,
        run.Matrix);

    private static Figure Stack(RecordedRun run, IReadOnlyList<Plot> panels)
    {
        var (first, last) = (run.Metrics.Steps.FirstOrDefault(), run.Metrics.Steps.LastOrDefault());
        foreach (var panel in panels)
        {
            SpikeMarks.AddSpans(panel, run.Spikes);
        }

        return new Figure(run.Name, "step", last > first ? new ValueRange(first, last) : new ValueRange(first - 0.5, first + 0.5), panels);
    }

    /// <summary>A run that asks for more eigenvalues than there are dimensions leaves columns empty.</summary>
    private static double[][] Measured(IEnumerable<double[]> columns) => [.. columns.Where(c => c.Any(double.IsFinite))];
}
