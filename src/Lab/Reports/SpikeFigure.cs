using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Forecasts;
using ScottPlot;

namespace LossSpikes.Lab.Reports;

/// <summary>One spike from near: the loss, the sharpness, the gradient along the eigenvectors and, where it is explained, the squared displacement beside what was forecast.</summary>
internal static class SpikeFigure
{
    private const long LeastMargin = 10;

    /// <summary>Draws it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="spike">The spike.</param>
    /// <param name="forecast">What was said about it, or null.</param>
    public static Figure Draw(RunFolder run, RecordedSpike spike, ForecastEvent? forecast)
    {
        var end = spike.EndStep ?? (long)run.Metrics.Steps[^1];
        var margin = Math.Max(LeastMargin, (end - spike.OnsetStep) / 2);
        var rows = Enumerable.Range(0, run.Metrics.Rows).Where(i => run.Metrics.Steps[i] >= spike.OnsetStep - margin && run.Metrics.Steps[i] <= end + margin).ToArray();
        double[] Part(double[] column) => [.. rows.Select(i => column[i])];

        var steps = Part(run.Metrics.Steps);
        var loss = Part(run.Metrics.Loss);
        List<Plot> panels = [LossPanel.Draw(steps, loss, [spike])];
        if (Part(run.Metrics.Sharpness).Any(double.IsFinite))
        {
            panels.Add(CurvaturePanel.Draw(steps, [Part(run.Metrics.Sharpness)], Part(run.Metrics.Threshold), null, run.Labels, rows.Length));
            panels.Add(GradientPanel.Draw(steps, [.. run.Metrics.GradientDots.Select(Part).Where(c => c.Any(double.IsFinite))], rows.Length));
        }

        if (run.Metrics.Columns.Contains("x") && Part(run.Metrics["x"]).Any(x => x > 0 || x < 0))
        {
            panels.Add(Displacement(run, forecast, steps, Part(run.Metrics["x"])));
        }

        return new Figure($"{run.Name}: spike {spike.Id}", "step", new ValueRange(steps[0], steps[^1]), panels) { Height = 300 * panels.Count };
    }

    private static Plot Displacement(RunFolder run, ForecastEvent? forecast, double[] steps, double[] x)
    {
        var plot = FigureStyle.NewPanel("squared displacement x²");
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

    private static double[]? Predicted(RunFolder run, ForecastEvent forecast, double[] steps)
    {
        var row = Array.IndexOf(run.Metrics.Steps, forecast.Step);
        if (row < 0 || forecast.Rank is not { } rank)
        {
            return null;
        }

        var map = new TwoVariableMap(run.Metrics["learning_rate"][row], run.Metrics["burst_alpha"][row], run.Metrics["burst_beta"][row]);
        var (x, y) = (run.Metrics[$"oscillation_v{rank}"][row], run.Metrics.Eigenvalues[rank - 1][row] - run.Metrics.Threshold[row]);
        var predicted = steps.Select(_ => double.NaN).ToArray();
        for (var step = forecast.Step; step <= steps[^1]; step++)
        {
            if (step >= steps[0])
            {
                predicted[(int)(step - (long)steps[0])] = x * x;
            }

            (x, y) = map.Next(x, y);
        }

        return predicted;
    }
}
