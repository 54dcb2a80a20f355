using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>Plain lines: every notable event as it happens, and a measurement at intervals.</summary>
/// <param name="writer">The output; standard output by default.</param>
/// <param name="every">Steps between lines about measurements; 0 for events only.</param>
public sealed class ConsoleSink(TextWriter? writer = null, int every = 100) : IMonitorSink
{
    private readonly TextWriter _writer = writer ?? Console.Out;

    /// <inheritdoc/>
    public void Record(Measurement measurement)
    {
        if (every > 0 && measurement.Step % every == 0)
        {
            _writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"step {measurement.Step}: {(measurement.HasLoss ? $"loss {measurement.Loss:G5}" : "")}"
                + $"{(measurement.BatchLoss is { } batch ? $"{(measurement.HasLoss ? ", " : "")}batch loss {batch:G5}" : "")}"
                + $"{(measurement.Sharpness is { } s ? $", sharpness {s:G5}" : "")}"
                + $"{(measurement.Ratio is { } ratio ? $" = {ratio:F3} of the threshold" : "")}"));
        }
    }

    /// <inheritdoc/>
    public void Record(MonitorEvent happened)
    {
        if (happened.IsNotable)
        {
            _writer.WriteLine(happened.ToDisplayString());
        }
    }
}
