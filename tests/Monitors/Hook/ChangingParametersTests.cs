using LossSpikes.Monitors;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors.Sharpness;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Parameters that are frozen, unfrozen, added and replaced while the training goes on.</summary>
public sealed class ChangingParametersTests
{
    [Theory]
    [InlineData("optimizer")]
    [InlineData("module")]
    [InlineData("parameters")]
    [InlineData("full batch")]
    public void At_each_step_the_sharpness_is_that_of_the_parameters_that_train(string watched)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var sizes = new[] { (4, 8), (8, 8), (8, 1) };
        var layers = sizes.Select(size => nn.Linear(size.Item1, size.Item2, dtype: ScalarType.Float64)).ToArray();
        using var net = nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2]);
        var (x, y) = (randn([20, 4], dtype: ScalarType.Float64), randn([20, 1], dtype: ScalarType.Float64));
        Tensor Loss() => (net.call(x) - y).square().mean() / 2;
        using var optimizer = optim.SGD(net.parameters(), 0.05);
        Train(layers[0], false);
        var sink = new Recorder();
        var options = new MonitorOptions { Eigenvalues = 2, Explain = watched == "module" };
        StabilityThreshold threshold = StabilityThreshold.GradientDescent(0.05);
        using var objective = new FullBatch(net, x, y, new SquaredError()).Objective();
        using var monitor = watched switch
        {
            "optimizer" => SharpnessMonitor.Watch(optimizer, Loss, options, sink),
            "module" => SharpnessMonitor.Watch(net, optimizer, Loss, options, sink),
            "parameters" => SharpnessMonitor.Watch(net.parameters(), Loss, threshold, options, sink),
            _ => SharpnessMonitor.Watch(objective, threshold, options, sink),
        };
        for (var step = 0; step < 200; step++)
        {
            using var inner = NewDisposeScope();
            Train(layers[0], step >= 100);
            Train(layers[1], step < 150);
            optimizer.zero_grad();
            Loss().backward();
            var seen = monitor.Observe(step)!;
            if (step % 25 == 0 || step is 101 or 151)
            {
                var trained = net.parameters().Where(p => p.requires_grad).ToArray();
                var expected = DenseReference.Eigenvalues(DenseReference.Hessian(trained, Loss));
                Assert.Equal(expected[0], seen.Sharpness!.Value, 1e-3 * expected[0]);
            }

            optimizer.step();
        }

        var changes = sink.Events.OfType<WarningEvent>().Where(w => w.Message.Contains("have changed", StringComparison.Ordinal)).ToList();
        Assert.Equal([100, 150], changes.Select(w => w.Step));
        if (watched == "module")
        {
            Assert.Contains("0.weight, 0.bias watched from here on", changes[0].Message, StringComparison.Ordinal);
            Assert.Contains("2.weight, 2.bias no longer watched", changes[1].Message, StringComparison.Ordinal);
        }

        static void Train(nn.Module layer, bool train)
        {
            foreach (var p in layer.parameters())
            {
                p.requires_grad = train;
            }
        }
    }

    [Fact]
    public void A_new_group_is_watched_from_the_next_step_on()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (nn.Parameter(ones(2, dtype: ScalarType.Float64)), nn.Parameter(ones(2, dtype: ScalarType.Float64)));
        using var optimizer = optim.Adam([x], 0.1);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(optimizer, () => x.square().sum() + 10 * y.square().sum(), null, sink);
        Assert.Equal(2, monitor.Observe(0)!.HessianSharpness!.Value, 1e-9);
        optimizer.add_param_group(new Adam.ParamGroup([y]));

        Assert.Equal(20, monitor.Observe(1)!.HessianSharpness!.Value, 1e-9);
        Assert.Contains("watched from here on", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_whose_tensors_are_replaced_is_measured_in_its_new_dtype()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        using var net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1));
        var x = randn([9, 3]);
        Tensor Loss() => net.call(x).square().mean();
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(net.parameters(), Loss, StabilityThreshold.GradientDescent(0.1), null, sink);
        var before = monitor.Observe(0)!.Sharpness!.Value;
        TorchSharp.ModuleExtensionMethods.to(net, ScalarType.Float64);
        x = x.to(ScalarType.Float64);

        Assert.Equal(before, monitor.Observe(1)!.Sharpness!.Value, 1e-3 * before);
        Assert.Contains("replaced", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_optimizer_that_does_not_know_the_replaced_tensors_gives_a_sharpness_without_a_ratio()
    {
        using var scope = NewDisposeScope();
        using var net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1));
        var x = ones(9, 3);
        using var optimizer = optim.Adam(net.parameters(), 0.1);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(optimizer, () => net.call(x).square().mean(), null, sink);
        Assert.NotNull(monitor.Observe(0)!.Ratio);
        TorchSharp.ModuleExtensionMethods.to(net, ScalarType.Float64);
        x = x.to(ScalarType.Float64);
        var seen = monitor.Observe(1)!;

        Assert.NotNull(seen.Sharpness);
        Assert.Null(seen.Ratio);
        Assert.Contains(sink.Warnings, w => w.Contains("need a new optimizer", StringComparison.Ordinal));
    }

    [Fact]
    public void With_every_parameter_frozen_the_loss_is_still_recorded()
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(ones(2, dtype: ScalarType.Float64));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch([x], () => x.square().sum(), StabilityThreshold.GradientDescent(0.1), null, sink);
        monitor.Observe(0);
        x.requires_grad = false;
        var seen = monitor.Observe(1)!;

        Assert.Equal(2, seen.Loss);
        Assert.Null(seen.Sharpness);
        x.requires_grad = true;
        Assert.Equal(2, monitor.Observe(2)!.Sharpness!.Value, 1e-9);
        Assert.Equal(3, sink.Measurements.Count);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void A_narrow_dtype_is_refused_in_one_sentence_and_the_loss_is_recorded(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(ones(2).to(type));
        using var optimizer = optim.SGD([x], 0.1);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(optimizer, () => x.square().sum(), null, sink);

        Assert.All([0, 1], step => Assert.Null(monitor.Observe(step)!.Sharpness));
        Assert.All(sink.Measurements, m => Assert.Equal(2, m.Loss));
        Assert.Contains("float32 copy", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }
}
