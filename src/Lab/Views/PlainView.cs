using LossSpikes.Monitors;

namespace LossSpikes.Lab.Views;

/// <summary>For logs and pipes: twenty lines about steps in a run, and one for each event.</summary>
internal sealed class PlainView(TextWriter writer, int steps) : IRunView
{
    private readonly ConsoleSink _sink = new(writer, Math.Max(1, steps / 20));

    public void Record(Measurement measurement) => _sink.Record(measurement);

    public void Record(MonitorEvent happened) => _sink.Record(happened);

    public T During<T>(Func<T> train) => train();
}
