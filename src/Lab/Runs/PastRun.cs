using System.Text.Json;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Runs;

/// <summary>What a run folder holds, as the monitor gave it: the numbers of metrics.csv read back exactly, so nothing is lost.</summary>
/// <param name="Measurements">Every measurement, in order.</param>
/// <param name="Events">Every event, in order.</param>
internal sealed record PastRun(IReadOnlyList<Measurement> Measurements, IReadOnlyList<MonitorEvent> Events)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="RunException">A file is missing or broken.</exception>
    /// <param name="directory">The run folder.</param>
    /// <param name="explanations">The columns of its explanations; null where it has none.</param>
    public static PastRun Read(string directory, ExplanationColumns? explanations = null)
    {
        var folder = RunFolder.Open(directory);
        try
        {
            return new PastRun(
                [.. Enumerable.Range(0, folder.Metrics.Rows).Select(row => Measurement(folder.Metrics, row, explanations))],
                [.. folder.Events.All.Select(e => EventJson.Read(e.GetRawText()))]);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new RunException($"{Path.Combine(directory, RunFolder.EventsFile)}: expected events as this version of the lab writes them ({e.Message})", e);
        }
    }

    private static Measurement Measurement(MetricsTable metrics, int row, ExplanationColumns? explanations)
    {
        var measured = !double.IsNaN(metrics.Sharpness[row]);
        return new Measurement
        {
            Step = (long)metrics.Steps[row],
            Loss = metrics.Loss[row],
            Accuracy = Present(metrics["accuracy"][row]),
            GradientNorm = metrics["gradient_norm"][row],
            Threshold = metrics.Threshold[row],
            Eigenvalues = measured ? Row(metrics.Eigenvalues) : [],
            GradientDots = measured ? Row(metrics.GradientDots) : [],
            HessianSharpness = metrics.Columns.Contains("raw_sharpness") ? Present(metrics["raw_sharpness"][row]) : null,
            Explanation = explanations?.Read(name => Present(metrics[name][row])),
            Residual = Present(metrics["residual"][row]),
            Products = (int)metrics["hvps"][row],
            Seconds = metrics["seconds"][row],
        };

        double[] Row(IReadOnlyList<double[]> columns) => [.. columns.Select(c => c[row]).Where(v => !double.IsNaN(v))];
    }

    private static double? Present(double value) => double.IsNaN(value) ? null : value;
}
