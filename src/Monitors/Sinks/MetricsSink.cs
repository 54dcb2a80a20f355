using System.Diagnostics.Metrics;

namespace LossSpikes.Monitors;

/// <summary>
/// The run as metrics of .NET, for <c>dotnet-counters monitor --counters LossSpikes</c> and for every exporter of OpenTelemetry that listens to
/// the meter <see cref="MeterName"/>. Each column of the run's schema is a gauge <c>lossspikes.NAME</c> with the value last measured;
/// <c>lossspikes.ratio</c> is S/T; <c>lossspikes.spikes</c> counts the spikes that have ended, by <c>kind</c> and <c>outcome</c>.
/// </summary>
/// <remarks>Listeners ask for the values on threads of their own, and cost the training nothing.</remarks>
public sealed class MetricsSink : IMonitorSink, IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "LossSpikes";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _spikes;
    private IReadOnlyList<(string Name, string Unit, Func<Measurement, double?> Get)> _series = [];
    private double[] _last = [];

    /// <summary>Creates the meter. Its instruments follow with the first measurement.</summary>
    public MetricsSink() => _spikes = _meter.CreateCounter<long>("lossspikes.spikes", "{spike}", "rises of the loss that have ended");

    /// <inheritdoc/>
    public void Begin(MeasurementSchema schema)
    {
        _series = [.. schema.Columns.Where(c => c.Name != "seconds").Select(c => (c.Name, c.Unit, c.Get)), ("ratio", "", m => m.Ratio)];
        _last = [.. _series.Select(_ => double.NaN)];
        foreach (var (index, (name, unit, _)) in _series.Index())
        {
            _meter.CreateObservableGauge($"lossspikes.{name}", () => Seen(index), unit);
        }
    }

    /// <inheritdoc/>
    public void Record(Measurement measurement)
    {
        foreach (var (index, (_, _, get)) in _series.Index())
        {
            if (get(measurement) is { } value)
            {
                Volatile.Write(ref _last[index], value);
            }
        }
    }

    /// <inheritdoc/>
    public void Record(MonitorEvent happened)
    {
        if (happened is SpikeEvent spike)
        {
            _spikes.Add(1, new("kind", Lower(spike.Kind)), new("outcome", Lower(spike.Outcome)));
        }
    }

    /// <summary>Ends the metrics.</summary>
    public void Dispose() => _meter.Dispose();

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();

    private IEnumerable<Measurement<double>> Seen(int index) => Volatile.Read(ref _last[index]) is var value && double.IsNaN(value) ? [] : [new(value)];
}
