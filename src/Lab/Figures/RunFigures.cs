using LossSpikes.Lab.Runs;
using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>The figures of one run.</summary>
internal static class RunFigures
{
    /// <summary>
    /// Draws <c>run</c> (loss above eigenvalues) and, where they were measured, <c>gradient</c> (sharpness above the gradient's
    /// components) into the run's folder of figures, replacing older ones.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="format">The kind of file.</param>
    /// <param name="labels">What the run's optimizer calls its threshold; those of gradient descent by default.</param>
    /// <returns>The paths of the files.</returns>
    public static IReadOnlyList<string> Draw(RunFolder run, FigureFormat format, CurvatureLabels? labels = null)
    {
        var curvature = labels ?? CurvatureLabels.GradientDescent;
        List<string> paths = [Run(run, curvature).Save(run.FiguresDirectory, "run", format)];
        if (Measured(run.Metrics.GradientDots) && Measured(run.Metrics.Eigenvalues))
        {
            paths.Add(Gradient(run, curvature).Save(run.FiguresDirectory, "gradient", format));
        }

        return paths;
    }

    private static Figure Run(RunFolder run, CurvatureLabels labels)
    {
        var loss = LossPanel.Draw(run.Metrics.Steps, run.Metrics.Loss, run.Events.Spikes);
        return Stack(run, Measured(run.Metrics.Eigenvalues) ? [loss, Curvature(run, run.Metrics.Eigenvalues, labels)] : [loss]);
    }

    private static Figure Gradient(RunFolder run, CurvatureLabels labels) => Stack(run, [
        Curvature(run, [run.Metrics.Sharpness], labels),
        GradientPanel.Draw(run.Metrics.Steps, run.Metrics.GradientDots, ReadableRange.OrdinaryRows(run.Metrics.Loss))]);

    private static Plot Curvature(RunFolder run, IReadOnlyList<double[]> eigenvalues, CurvatureLabels labels) => CurvaturePanel.Draw(
        run.Metrics.Steps, eigenvalues, run.Metrics.Threshold, run.Events.FirstCrossing, labels, ReadableRange.OrdinaryRows(run.Metrics.Loss));

    private static Figure Stack(RunFolder run, IReadOnlyList<Plot> panels)
    {
        var (first, last) = (run.Metrics.Steps.FirstOrDefault(), run.Metrics.Steps.LastOrDefault());
        foreach (var panel in panels)
        {
            SpikeMarks.AddSpans(panel, run.Events.Spikes, last);
        }

        return new Figure(run.Name, "step", last > first ? new ValueRange(first, last) : new ValueRange(first - 0.5, first + 0.5), panels);
    }

    private static bool Measured(IEnumerable<double[]> columns) => columns.Any(c => c.Any(double.IsFinite));
}
