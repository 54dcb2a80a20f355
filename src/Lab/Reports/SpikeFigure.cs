using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Forecasts;
using ScottPlot;

namespace LossSpikes.Lab.Reports;

/// <summary>
/// Close-up of one spike: the loss, the sharpness, the gradient along the eigenvectors and, where it is explained, the squared
/// oscillation with its forecast.
/// </summary>
internal static class SpikeFigure
{
    private const long LeastMargin = 10;

    /// <summary>Draws it, or gives null where metrics.csv holds none of its steps.</summary>
    /// <param name="run">The run.</param>
    /// <param name="spike">The spike.</param>
    /// <param name="forecast">The forecast of the spike, or null.</param>
    public static Figure? Draw(RecordedRun run, SpikeEvent spike, ForecastEvent? forecast)
    {
        var end = spike.EndStep;
        var margin = Math.Max(LeastMargin, (end - spike.OnsetStep) / 2);
        var rows = Enumerable.Range(0, run.Metrics.Rows).Where(
            i => run.Metrics.Steps[i] >= spike.OnsetStep - margin && run.Metrics.Steps[i] <= end + margin).ToArray();
        if (rows.Length == 0)
        {
            return null;
        }

        double[] Part(double[] column) => [.. rows.Select(i => column[i])];

        var steps = Part(run.Metrics.Steps);
        var loss = Part(run.Metrics.Loss);
        List<Plot> panels =
        [
            run.Metrics.BatchLoss is { } batchLoss ? LossPanel.Draw(steps, loss, Part(batchLoss), [spike]) : LossPanel.Draw(steps, loss, [spike]),
        ];
        if (Part(run.Metrics.Sharpness).Any(double.IsFinite))
        {
            panels.Add(CurvaturePanel.Draw(
                steps, [Part(run.Metrics.Sharpness)], Part(run.Metrics.Threshold), null, rows.Length, run.ThresholdFormula, run.Matrix));
            panels.Add(GradientPanel.Draw(steps, [.. run.Metrics.GradientDots.Select(Part).Where(c => c.Any(double.IsFinite))], rows.Length));
        }

        if (run.Metrics.Has("oscillation_v1") && Part(Oscillation(run, forecast?.Mode)) is var oscillation && oscillation.Any(x => x > 0 || x < 0))
        {
            panels.Add(Displacement(run, forecast, steps, oscillation));
        }

        return new Figure($"{run.Name}: spike {spike.Id}", "step", new ValueRange(steps[0], steps[^1]), panels) { Height = 300 * panels.Count };
    }

    private static Plot Displacement(RecordedRun run, ForecastEvent? forecast, double[] steps, double[] x)
    {
        var plot = FigureStyle.NewPanel("squared oscillation x²");
        var measured = x.Select(v => v * v).ToArray();
        var predicted = forecast is null ? null : Predicted(run, forecast, steps);
        var axis = LogAxis.For([.. measured.Concat(predicted ?? []).Where(v => v > 0)], steps.Length);
        new Curve("measured", measured, FigureStyle.Mode(0)).AddTo(plot, axis, steps);
        if (predicted is not null)
        {
            new Curve($"two-variable map, from step {forecast!.Step} on", predicted, FigureStyle.Spike) { Dashed = true }.AddTo(plot, axis, steps);
        }

        axis.ApplyTo(plot);
        return plot;
    }

    /// <summary>The oscillation of one mode wherever it stands among the eigenvalues; without a mode, that of the first vector.</summary>
    private static double[] Oscillation(RecordedRun run, int? mode)
    {
        var vectors = Enumerable.Range(1, run.Metrics.Schema.Names.Count).TakeWhile(i => run.Metrics.Has($"oscillation_v{i}")).ToArray();
        return [.. Enumerable.Range(0, run.Metrics.Rows).Select(row =>
            (mode is null ? 1 : vectors.FirstOrDefault(i => run.Metrics[$"mode_v{i}"][row] == mode)) is > 0 and var i
                ? run.Metrics[$"oscillation_v{i}"][row]
                : double.NaN)];
    }

    private static double[]? Predicted(RecordedRun run, ForecastEvent forecast, double[] steps)
    {
        var row = Array.IndexOf(run.Metrics.Steps, forecast.Step);
        if (row < 0 || forecast.Rank is not { } rank)
        {
            return null;
        }

        var map = new TwoVariableMap(run.Metrics["learning_rate"][row], run.Metrics["burst_alpha"][row], run.Metrics["burst_beta"][row]);
        var reported = run.Metrics.Eigenvalues.Count;
        var eigenvalue = (rank <= reported ? run.Metrics.Eigenvalues[rank - 1] : run.Metrics[$"guard_{rank - reported}"])[row];
        var (x, y) = (run.Metrics[$"oscillation_v{rank}"][row], eigenvalue - run.Metrics.Threshold[row]);
        var predicted = steps.Select(_ => double.NaN).ToArray();
        for (var step = forecast.Step; step <= steps[^1]; step++)
        {
            if (Array.BinarySearch(steps, step) is >= 0 and var at)
            {
                predicted[at] = x * x;
            }

            (x, y) = map.Next(x, y);
        }

        return predicted;
    }
}
