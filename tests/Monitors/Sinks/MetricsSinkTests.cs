using System.Diagnostics.Metrics;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Monitors.Sinks;

/// <summary>The metrics of a run as a listener of .NET sees them.</summary>
public sealed class MetricsSinkTests : IDisposable
{
    private readonly MetricsSink _sink = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _seen = [];
    private readonly List<string> _spikes = [];

    public MetricsSinkTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "LossSpikes")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => _seen[instrument.Name] = value);
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _spikes.Add($"{instrument.Name} +{value} {string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}"));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _sink.Dispose();
    }

    [Fact]
    public void Gauges_have_the_values_last_measured()
    {
        _sink.Begin(Recorded.Schema);
        _listener.RecordObservableInstruments();
        Assert.Empty(_seen);

        _sink.Record(Recorded.Step(0, 2, 25));
        _sink.Record(Recorded.Step(1, 3, null));
        _listener.RecordObservableInstruments();

        Assert.Equal([1, 3, 25, 20, 1.25], Values("step", "loss", "sharpness", "threshold", "ratio"));
        Assert.DoesNotContain("lossspikes.accuracy", _seen.Keys);

        _sink.Record(Recorded.Step(2, 1, 10));
        _listener.RecordObservableInstruments();
        Assert.Equal([2, 1, 10, 0.5], Values("step", "loss", "sharpness", "ratio"));

        IEnumerable<double> Values(params string[] names) => names.Select(name => _seen[$"lossspikes.{name}"]);
    }

    [Fact]
    public void Spikes_are_counted_by_kind_and_outcome()
    {
        _sink.Record(Recorded.Spike(1));
        _sink.Record(new WarningEvent(3, "not a spike"));
        _sink.Record(Recorded.Spike(2, SpikeKind.Rise));

        Assert.Equal(
            ["lossspikes.spikes +1 kind=instability outcome=recovered", "lossspikes.spikes +1 kind=rise outcome=recovered"], _spikes);
    }
}
