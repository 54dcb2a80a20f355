namespace LossSpikes.Monitors;

/// <summary>
/// Receives what a monitor measures and detects. Called on the training thread, in order. A sink that throws is removed, and the
/// others receive a <c>warning</c>; training continues.
/// </summary>
public interface IMonitorSink
{
    /// <summary>Called once, before the first measurement.</summary>
    /// <param name="schema">The columns of every measurement to come.</param>
    void Begin(MeasurementSchema schema)
    {
    }

    /// <summary>Receives the measurement of a step.</summary>
    void Record(Measurement measurement)
    {
    }

    /// <summary>Receives an event of the step just recorded (or, for the end of the run, after it).</summary>
    void Record(MonitorEvent happened)
    {
    }
}
