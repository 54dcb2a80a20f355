
namespace LossSpikes.Monitors.Records;

/// <summary>
/// Takes what a monitor sees. Called on the training thread, in order, after each step. A sink that throws is taken out with a
/// <c>warning</c> to the others; training goes on.
/// </summary>
public interface IMonitorSink
{
    /// <summary>A step was seen.</summary>
    void Record(Measurement measurement);

    /// <summary>Something happened at the step just recorded (or, for the end of the run, after it).</summary>
    void Record(MonitorEvent happened);
}
