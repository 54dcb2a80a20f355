using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>Sinks that throw: training continues, and the other sinks receive everything and one warning.</summary>
public sealed class SinkFailureTests
{
    public enum FailurePoint
    {
        Begin,
        Measurement,
        Event,
    }

    [Theory]
    [InlineData(FailurePoint.Begin)]
    [InlineData(FailurePoint.Measurement)]
    [InlineData(FailurePoint.Event)]
    public void A_sink_that_throws_is_removed_and_the_others_receive_a_warning(FailurePoint at)
    {
        var (before, broken, after) = (new Recorder(), new Failing(at), new Recorder());
        Observe(3, before, broken, after);

        Assert.Equal(1, broken.Failures);
        Assert.Equal(before.Events, after.Events);
        foreach (var sink in (Recorder[])[before, after])
        {
            Assert.NotNull(sink.Schema);
            Assert.Equal([0L, 1, 2], sink.Measurements.Select(m => m.Step));
            Assert.Single(sink.Events.OfType<CrossingEvent>());
            var warning = Assert.Single(sink.Events.OfType<WarningEvent>());
            Assert.Equal((0, $"{nameof(Failing)} failed and receives nothing more: the disk is full"), (warning.Step, warning.Message));
        }
    }

    [Fact]
    public void Several_sinks_that_throw_are_each_called_once_and_give_one_warning_each()
    {
        var (first, second, good) = (
            new Failing(FailurePoint.Measurement, FailurePoint.Event), new Failing(FailurePoint.Measurement, FailurePoint.Event), new Recorder());
        Observe(3, first, good, second);

        Assert.Equal((1, 1), (first.Failures, second.Failures));
        Assert.Equal(2, good.Events.OfType<WarningEvent>().Count());
        Assert.Equal(3, good.Measurements.Count);
    }

    [Fact]
    public void A_sink_that_throws_when_a_run_is_resumed_gives_a_warning_at_the_step_of_the_resume()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        var sink = new Recorder();
        using var monitor = new CurvatureMonitor(objective, null, new Failing(FailurePoint.Begin), sink);
        using var derivatives = objective.Evaluate(curvature: true);
        monitor.Observe(40, derivatives, StabilityThreshold.GradientDescent(0.1));

        Assert.Equal(40, Assert.Single(sink.Events.OfType<WarningEvent>()).Step);
    }

    /// <summary>Steps above the threshold, so that the first one has a crossing.</summary>
    private static void Observe(int steps, params IMonitorSink[] sinks)
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        using var monitor = SharpnessMonitor.Watch([w], () => w.square().sum(), StabilityThreshold.GradientDescent(10), null, sinks);
        for (var step = 0; step < steps; step++)
        {
            monitor.Observe(step);
        }
    }

    private sealed class Failing(params FailurePoint[] at) : IMonitorSink
    {
        public int Failures { get; private set; }

        public void Begin(MeasurementSchema schema) => FailAt(FailurePoint.Begin);

        public void Record(Measurement measurement) => FailAt(FailurePoint.Measurement);

        public void Record(MonitorEvent happened) => FailAt(FailurePoint.Event);

        private void FailAt(FailurePoint point)
        {
            if (at.Contains(point))
            {
                Failures++;
                throw new IOException("the disk is full");
            }
        }
    }
}
