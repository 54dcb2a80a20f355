using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Detection;

/// <summary>Losses of any sign and size, in loops of one's own.</summary>
public sealed class UnusualLossTests
{
    [Fact]
    public void A_loss_that_is_negative_from_the_first_step_on_has_spikes_without_a_factor()
    {
        // ½·20x² − 5 above the threshold until step 40, where η drops: the oscillation grows to a hill and dies.
        var sink = Descend(x => 10 * x * x - 5, 1e-2, step => step < 40 ? 0.105 : 0.08);

        var spike = Assert.Single(sink.Spikes);
        Assert.Equal((SpikeKind.Instability, SpikeOutcome.Recovered), (spike.Kind, spike.Outcome));
        Assert.Null(spike.Rise);
        Assert.True(spike.PeakLoss > spike.OnsetLoss && spike.OnsetLoss < 0);
        Assert.InRange(spike.PeakStep, 39, 41);
        Assert.Empty(sink.Events.OfType<DivergenceEvent>());
        Assert.DoesNotContain("×", spike.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_starts_at_exactly_zero_does_not_diverge_at_the_first_step()
    {
        // At the minimum, disturbed at step 5: nothing but the scale of the loss says what is large.
        var sink = Descend(x => 10 * x * x, 0, _ => 0.05, disturb: (5, 0.3));

        Assert.Empty(sink.Events.OfType<DivergenceEvent>());
        var rise = Assert.Single(sink.Spikes);
        Assert.Equal(SpikeKind.Rise, rise.Kind);
        Assert.Contains("look at the data of step", rise.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tiny_first_loss_and_a_bounded_orbit_is_no_divergence()
    {
        // f = 10x² for small x, flatter outside: above the threshold the iterates end in an orbit of period 2.
        var sink = Descend(x => 0.5 * (1 + 20 * x * x).log(), 1e-5, _ => 0.12);

        Assert.InRange(sink.Measurements[0].Loss, 1e-10, 1e-8);
        Assert.InRange(sink.Measurements[^1].Loss, 0.01, 1);
        Assert.Empty(sink.Events.OfType<DivergenceEvent>());
        Assert.Equal(SpikeKind.Instability, Assert.Single(sink.Spikes).Kind);
    }

    [Fact]
    public void A_single_batch_that_is_not_a_number_costs_one_divergence_and_the_detector_goes_on()
    {
        var sink = Descend(x => 10 * x * x + 1, 0.3, step => step < 60 ? 0.05 : step < 90 ? 0.105 : 0.05, poisoned: 20, steps: 200);

        Assert.Equal(20, Assert.Single(sink.Events.OfType<DivergenceEvent>()).Step);
        Assert.Equal([20, 1], [sink.Spikes.First().PeakStep, sink.Spikes.Count(s => s.Outcome == SpikeOutcome.Diverged)]);
        Assert.Equal(200, sink.Measurements.Count);
        Assert.All(sink.Measurements.Where(m => m.Step > 20), m => Assert.True(double.IsFinite(m.Loss)));
    }

    [Fact]
    public void Ripples_of_momentum_are_named_two_each_period_and_are_no_spikes()
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(ones(1, dtype: ScalarType.Float64));
        using var optimizer = optim.SGD([x], 0.1, momentum: 0.9);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(optimizer, () => 0.5 * x.square().sum(), null, sink);
        for (var step = 0; step <= 300; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            (0.5 * x.square().sum()).backward();
            monitor.Observe(step);
            optimizer.step();
        }

        monitor.Finish();
        var period = 2 * Math.PI / Math.Acos((1 + 0.9 - 0.1) / (2 * Math.Sqrt(0.9)));
        Assert.InRange(sink.Spikes.Count(), 2 * 300 / period - 1, 2 * 300 / period + 1);
        Assert.All(sink.Spikes, s => Assert.Equal((SpikeKind.Rise, Mechanism.MomentumRipple), (s.Kind, s.Mechanism)));
        Assert.All(sink.Spikes, s => Assert.Equal(period, s.Period!.Value, 1e-6));
    }

    [Fact]
    public void An_orbit_that_hops_over_the_threshold_is_one_event()
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(tensor([0.0]));
        var (sink, side) = (new Recorder(), 1.0);
        // The curvature is 19 and 21 in turn, against a threshold of 20; from step 60 on it is 19.
        using var monitor = SharpnessMonitor.Watch([x], () => (10 + 0.5 * side) * x.square().sum(), StabilityThreshold.GradientDescent(0.1), null, sink);
        for (var step = 0; step < 100; step++)
        {
            side = step < 60 && step % 2 == 0 ? 1 : -1;
            monitor.Observe(step);
        }

        var crossings = sink.Events.OfType<CrossingEvent>().ToList();
        Assert.Equal(
            [CrossingDirection.Up, CrossingDirection.Down, CrossingDirection.Up, CrossingDirection.Down, CrossingDirection.Alternating],
            crossings.Select(c => c.Direction));
        Assert.Equal((4, 0), (crossings[^1].Step, crossings[^1].Since));
    }

    [Fact]
    public void Spikes_that_grow_from_one_to_the_next_are_said_to_grow()
    {
        double[] losses = [1, 1, 1.5, 1.5, 1, 1, 1, 2, 2, 1, 1, 1, 3, 3, 1, 1, 1];
        var detector = new LossSpikes.Monitors.Detection.SpikeDetector(new SpikeRules(), ScalarType.Float64);
        var meaning = new LossSpikes.Monitors.Detection.SpikeMeaning();
        var said = losses.SelectMany((loss, step) => detector.Observe(new Measurement
        {
            Step = step,
            Loss = loss,
            GradientNorm = 1,
            Threshold = 20,
            LearningRate = 0.1,
            Eigenvalues = [25],
        })).OfType<SpikeEvent>().Select(s => meaning.Of(s, 0.1)).ToList();

        Assert.Equal(["self-corrected; no action needed", "self-corrected; no action needed"], said[..2]);
        Assert.Equal("grows from spike to spike: lower η below 0.08 or expect divergence", said[2]);
    }

    private static Recorder Descend(
        Func<Tensor, Tensor> loss, double start, Func<int, double> rate, (int Step, double To)? disturb = null, int? poisoned = null, int steps = 150)
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(tensor([start]));
        var (sink, factor) = (new Recorder(), 1.0);
        Tensor Loss() => (loss(x) * factor).sum();
        using var optimizer = optim.SGD([x], rate(0));
        using var monitor = SharpnessMonitor.Watch(optimizer, Loss, null, sink);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            if (disturb is { } d && d.Step == step)
            {
                using var _ = no_grad();
                x.fill_(d.To);
            }

            optimizer.ParamGroups.Single().LearningRate = rate(step);
            factor = step == poisoned ? double.NaN : 1;
            optimizer.zero_grad();
            Loss().backward();
            monitor.Observe(step);
            if (step != poisoned)
            {
                optimizer.step();
            }
        }

        monitor.Finish();
        return sink;
    }
}
