using LossSpikes.Monitors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>The event <c>Spiked</c> of the hook.</summary>
public sealed class SpikedTests
{
    [Fact]
    public void It_is_raised_for_each_spike_that_sinks_receive_and_cannot_stop_the_training()
    {
        var (sink, raised, thrown) = (new Events(), new List<SpikeEvent>(), 0);
        Train(sink, monitor => monitor.Spiked += raised.Add);
        Assert.NotEmpty(raised);
        Assert.Equal(sink.All.OfType<SpikeEvent>(), raised);

        var other = new Events();
        Train(other, monitor => monitor.Spiked += _ => throw new InvalidOperationException($"handler {++thrown}"));
        Assert.Equal(1, thrown);
        Assert.Equal(sink.All.OfType<SpikeEvent>().Select(s => s.PeakStep), other.All.OfType<SpikeEvent>().Select(s => s.PeakStep));
        Assert.Contains("handler 1", Assert.Single(other.All.OfType<WarningEvent>()).Describe(), StringComparison.Ordinal);
    }

    /// <summary>f = (x² − 1)²/4 + 0.01 near its minimum 1, where S = 2, with learning rates below 2/S = 1 and, twice, above.</summary>
    private static void Train(Events sink, Action<SharpnessMonitor> attach)
    {
        using var x = new Parameter(tensor(1.02, dtype: ScalarType.Float64));
        using var optimizer = optim.SGD([x], 0.9);
        Tensor Loss() => (x.pow(2) - 1).pow(2) / 4 + 0.01;

        using var monitor = SharpnessMonitor.Watch(optimizer, Loss, sinks: sink);
        attach(monitor);
        for (var step = 0; step < 120; step++)
        {
            optimizer.ParamGroups.Single().LearningRate = step is >= 20 and < 50 or >= 70 and < 100 ? 1.1 : 0.9;
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Loss().backward();
            monitor.Observe(step);
            optimizer.step();
        }

        monitor.Finish();
    }

    private sealed class Events : IMonitorSink
    {
        public List<MonitorEvent> All { get; } = [];

        public void Record(MonitorEvent happened) => All.Add(happened);
    }
}
