using LossSpikes.Monitors;
using LossSpikes.Monitors.Tensors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Training with the monitor is training without it, bit by bit.</summary>
public sealed class UndisturbedTrainingTests
{
    public static MatrixTheoryData<string, bool, bool> Loops => new(["dropout", "batchnorm", "both", "neither"], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Loops))]
    public void Parameters_gradients_buffers_and_random_state_are_those_of_a_run_without_the_monitor(string layers, bool explain, bool module)
    {
        var plain = Train(layers, null, module);
        var watched = Train(layers, new MonitorOptions { Explain = explain, AuditEvery = 7 }, module);

        Assert.Equal(plain.Keys, watched.Keys);
        Assert.All(plain, p => Assert.True(p.Value.SequenceEqual(watched[p.Key]), $"{p.Key} differs"));
    }

    [Fact]
    public void Variables_that_the_loss_function_captures_keep_their_values()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        var (calls, outputs) = (0, zeros(1));
        var mine = outputs;
        using var monitor = SharpnessMonitor.Watch(
            [w],
            () =>
            {
                calls++;
                outputs = w * 2;
                return outputs.square().sum();
            },
            StabilityThreshold.GradientDescent(0.1));

        monitor.Observe(0);

        Assert.Equal(0, calls);
        Assert.Same(mine, outputs);
        Assert.False(outputs.IsInvalid);
    }

    [Fact]
    public void A_variable_that_another_thread_sets_meanwhile_keeps_its_new_value()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        var (calls, stop) = (0, false);
        Action interrupt = () => stop = true;
        using var monitor = SharpnessMonitor.Watch(
            [w],
            () =>
            {
                calls++;
                interrupt(); // as a handler of Ctrl-C would, while the monitor evaluates
                return stop || calls > 0 ? w.square().sum() : w.sum();
            },
            StabilityThreshold.GradientDescent(0.1));

        monitor.Observe(0);

        Assert.Equal((0, true), (calls, stop));
    }

    [Fact]
    public void A_watched_optimizer_leaves_no_tensor_behind()
    {
        using var net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1));
        var x = ones(5, 3);
        using var optimizer = optim.AdamW(
            [new TorchSharp.Modules.AdamW.ParamGroup([net.parameters().First()], lr: 0.1), new TorchSharp.Modules.AdamW.ParamGroup(net.parameters().Skip(1))]);
        using var monitor = SharpnessMonitor.Watch(
            net, optimizer, () => net.call(x).square().mean(), new MonitorOptions { ClipNorm = 0.1, AuditEvery = 10, Explain = true });
        Step(0, 20);
        var before = LiveTensors.Settled();
        Step(20, 120);

        Assert.InRange(Tensor.TotalCount, 0, before); // fewer where the finalizer was late

        void Step(int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                using (NewDisposeScope())
                {
                    optimizer.zero_grad();
                    net.call(x).square().mean().backward();
                }

                monitor.Observe(step); // outside of any scope of the loop
                optimizer.step();
            }
        }
    }

    [Fact]
    public void A_loop_inside_no_grad_is_measured()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        using var monitor = SharpnessMonitor.Watch([w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1));
        using var frozen = no_grad();

        Assert.Equal(2, monitor.Observe(0)!.Sharpness!.Value, 1e-12);
    }

    private static Dictionary<string, byte[]> Train(string layers, MonitorOptions? options, bool module)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (x, y) = (randn([16, 4]), randn([16, 1]));
        List<(string, nn.Module<Tensor, Tensor>)> parts = [("0", nn.Linear(4, 8))];
        if (layers is "batchnorm" or "both")
        {
            parts.Add(("1", nn.BatchNorm1d(8)));
        }

        parts.Add(("2", nn.Tanh()));
        if (layers is "dropout" or "both")
        {
            parts.Add(("3", nn.Dropout(0.3)));
        }

        parts.Add(("4", nn.Linear(8, 1)));
        using var net = nn.Sequential([.. parts]);
        using var optimizer = optim.Adam(net.parameters(), 0.01);
        var scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 30);
        Tensor Loss() => (net.call(x) - y).square().mean();
        var sink = new Recorder();
        using var monitor = options is null ? null
            : module ? SharpnessMonitor.Watch(net, optimizer, Loss, options, sink)
            : SharpnessMonitor.Watch(optimizer, Loss, options, sink);
        for (var step = 0; step < 30; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            Loss().backward();
            monitor?.Observe(step);
            optimizer.step();
            scheduler.step();
        }

        Assert.True(sink.Measurements.TrueForAll(m => m.Sharpness is not null), string.Join('\n', sink.Warnings));
        var state = net.state_dict().ToDictionary(p => p.Key, p => p.Value.bytes.ToArray());
        foreach (var (name, parameter) in net.named_parameters())
        {
            state[$"{name}.grad"] = parameter.grad!.bytes.ToArray();
        }

        state["random state"] = KeepAlive.DefaultGenerator.get_state().bytes.ToArray();
        return state;
    }
}
