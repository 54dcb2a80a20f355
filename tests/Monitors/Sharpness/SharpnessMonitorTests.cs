using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>The hook in hand-written loops.</summary>
public sealed class SharpnessMonitorTests
{
    [Fact]
    public void On_a_quadratic_the_sharpness_is_the_largest_eigenvalue_and_descent_diverges_above_the_threshold()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        var eigenvalues = tensor([1.0, 3, 7, 12, 19]);
        foreach (var (learningRate, diverges) in ((double, bool)[])[(2 / 19.0 * 0.99, false), (2 / 19.0 * 1.01, true)])
        {
            var x = nn.Parameter(randn([5], dtype: ScalarType.Float64));
            var sink = new Recorder();
            using var monitor = SharpnessMonitor.Watch(
                [x], () => 0.5 * (eigenvalues * x.square()).sum(), StabilityThreshold.GradientDescent(learningRate), null, sink);
            for (var step = 0; step < 1500 && !monitor.Diverged; step++)
            {
                using var inner = NewDisposeScope();
                monitor.Observe(step);
                using var frozen = no_grad();
                x.sub_(learningRate * eigenvalues * x);
            }

            Assert.Equal(diverges, monitor.Diverged);
            Assert.All(sink.Measurements, m => Assert.Equal(19, m.Sharpness!.Value, 1e-9));
            Assert.Equal(diverges, sink.Events.OfType<CrossingEvent>().Any());
            Assert.Equal(diverges, sink.Events.OfType<DivergenceEvent>().Any());
        }
    }

    [Fact]
    public void The_monitor_leaves_parameters_gradients_and_random_state_unchanged()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var parameters = network.Module.parameters().ToArray();
        Tensor Loss() => network.Loss.Sum(network.Module.call(network.Inputs), network.Targets) / 23;
        Loss().backward();
        var (values, gradients) = (parameters.Select(p => p.clone()).ToArray(), parameters.Select(p => p.grad!.clone()).ToArray());
        manual_seed(11);
        var expected = randn(1).item<float>();
        manual_seed(11);
        using var monitor = SharpnessMonitor.Watch(parameters, Loss, StabilityThreshold.GradientDescent(0.1), new MonitorOptions { AuditEvery = 1 });
        monitor.Observe(0);
        monitor.Observe(1);

        Assert.Equal(expected, randn(1).item<float>());
        Assert.All(parameters.Zip(values), p => Assert.True(p.First.eq(p.Second).all().item<bool>()));
        Assert.All(parameters.Zip(gradients), p => Assert.True(p.First.grad!.eq(p.Second).all().item<bool>()));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Over_a_thousand_steps_no_tensor_is_left_behind()
    {
        using var network = new SmallNetwork();
        var parameters = network.Module.parameters().ToArray();
        using var monitor = SharpnessMonitor.Watch(
            parameters, () =>
                network.Loss.Sum(
                    network.Module.call(network.Inputs),
                    network.Targets) / 23, StabilityThreshold.GradientDescent(0.1), new MonitorOptions { AuditEvery = 10 });
        Step(0, 20);
        var before = LiveTensors.Settled();
        Step(20, 1020);

        Assert.Equal(before, Tensor.TotalCount);

        void Step(int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                using var scope = NewDisposeScope();
                monitor.Observe(step);
                using var frozen = no_grad();
                foreach (var p in parameters)
                {
                    p.sub_(1e-3 * randn_like(p));
                }
            }
        }
    }

    [Fact]
    public void A_loss_that_cannot_be_evaluated_is_a_warning_and_training_continues()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var sink = new Recorder();
        var cached = w.square().sum();
        using var monitor = SharpnessMonitor.Watch([w], () => cached, StabilityThreshold.GradientDescent(0.1), null, sink);
        cached.backward(); // frees the graph that the closure keeps returning

        Assert.All([0, 1], step => Assert.Null(monitor.Observe(step)!.Sharpness));
        Assert.All(sink.Measurements, m => Assert.Equal(3, m.Loss));
        var warning = Assert.IsType<WarningEvent>(Assert.Single(sink.Events));
        Assert.Contains("backward", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_in_the_loss_is_a_warning()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            [w], () => throw new InvalidOperationException("no data today"), StabilityThreshold.GradientDescent(0.1), null, sink);

        Assert.Null(monitor.Observe(0));
        Assert.Contains("no data today", Assert.IsType<WarningEvent>(Assert.Single(sink.Events)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_ends_in_a_divergence_without_a_measurement()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch([w], () => w.sum() / 0 * 0, StabilityThreshold.GradientDescent(0.1), null, sink);

        Assert.Null(monitor.Observe(0)!.Sharpness);
        Assert.True(monitor.Diverged);
        Assert.Equal([typeof(SpikeEvent), typeof(DivergenceEvent)], sink.Events.Select(e => e.GetType()));
    }

    [Fact]
    public void Between_measurements_only_the_loss_is_recorded_and_audits_come_at_their_interval_of_measured_steps()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            [w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1), new MonitorOptions { Every = 5, AuditEvery = 4 }, sink);
        for (var step = 0; step <= 40; step++)
        {
            monitor.Observe(step);
        }

        Assert.Equal([0, 5, 10, 15, 20, 25, 30, 35, 40], sink.Measurements.Where(m => m.Sharpness is not null).Select(m => m.Step));
        Assert.All(sink.Measurements, m => Assert.Equal(3, m.Loss, 1e-6));
        Assert.Equal([20, 40], sink.Events.OfType<AuditEvent>().Select(a => a.Step));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(500)]
    public void The_interval_of_audits_doubles_up_to_400_while_they_find_nothing_and_a_resumed_run_has_the_same(int resumedAt)
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var objective = new AutogradObjective([w], () => new LossTerm(w.square().sum()));
        var sink = new Recorder();
        Watch(0, resumedAt, past: [], audits: []);
        Watch(resumedAt, 1200, [.. sink.Measurements], [.. sink.Events.OfType<AuditEvent>()]);
        Assert.Equal([100, 300, 700, 1100], sink.Events.OfType<AuditEvent>().Select(a => a.Step));

        void Watch(int from, int to, Measurement[] past, AuditEvent[] audits)
        {
            using var monitor = new CurvatureMonitor(objective, new MonitorOptions(), sink);
            monitor.Resume(past, audits, new Dictionary<string, Tensor>(), lastWarning: null);
            for (var step = from; step < to; step++)
            {
                using var derivatives = objective.Evaluate(curvature: true);
                monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(0.1));
            }
        }
    }
}
