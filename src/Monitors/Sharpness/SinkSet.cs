using LossSpikes.Monitors.Autograd;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>Hands everything to all sinks. A sink that throws is removed, and the others receive a warning: training continues.</summary>
internal sealed class SinkSet(IEnumerable<IMonitorSink> sinks)
{
    private readonly List<IMonitorSink> _sinks = [.. sinks];
    private bool _begun;

    /// <summary>Hands over the schema, the first time only.</summary>
    /// <param name="schema">Gives the columns of the run.</param>
    /// <param name="step">The step at which the run begins or is resumed.</param>
    public void Begin(Func<MeasurementSchema> schema, long step)
    {
        if (!_begun)
        {
            _begun = true;
            var columns = schema();
            ForEach(sink => sink.Begin(columns), step);
        }
    }

    /// <summary>Hands over a measurement.</summary>
    public void Record(Measurement measurement) => ForEach(sink => sink.Record(measurement), measurement.Step);

    /// <summary>Hands over an event.</summary>
    public void Record(MonitorEvent happened) => ForEach(sink => sink.Record(happened), happened.Step);

    private void ForEach(Action<IMonitorSink> act, long step)
    {
        var warnings = new List<WarningEvent>();
        foreach (var sink in _sinks.ToArray())
        {
            try
            {
                act(sink);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _sinks.Remove(sink);
                warnings.Add(new WarningEvent(step, $"{sink.GetType().Name} failed and receives nothing more: {NativeError.Reason(e)}"));
            }
        }

        // Not inside the loop: at the first step the sinks after the failed one have not been given the schema yet.
        warnings.ForEach(Record);
    }
}
