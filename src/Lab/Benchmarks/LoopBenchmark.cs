using LossSpikes.Lab.Data;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

#pragma warning disable RS0030 // loops as others write them: timed, not looked at

/// <summary>What the hook costs in a training loop of TorchSharp that knows nothing of the lab.</summary>
internal sealed class LoopBenchmark : IBenchmark
{
    private const int Examples = 500, Steps = 200, Rare = 10;

    public string Name => "loops";

    public string Description =>
        $"the hook in {Steps} steps of TorchSharp's own modules, k = 1, one thread: CNN and CNN with BatchNorm (8 and 16 channels, "
        + $"{Examples} digits, SGD), transformer (2 layers, 4 heads, width 64, 8 pieces of Hamlet, AdamW)";

    public IEnumerable<BenchRow> Run() =>
        [
            .. EachStep("CNN", 4, () => Convolutional(normalized: false)),
            .. EachStep("CNN with BatchNorm", 6, () => Convolutional(normalized: true)),
            .. EachStep("transformer under AdamW", 5, Transformer),
            .. NowAndThen(),
        ];

    private static IEnumerable<BenchRow> EachStep(string name, double limit, Func<Loop> create)
    {
        foreach (var layers in (bool[])[true, false])
        {
            using var scope = NewDisposeScope();
            var loop = Start(create);
            if (layers && loop.Batch is null)
            {
                continue;
            }

            var products = new ProductCount();
            using var monitor = loop.Watch(layers, every: 1, products);
            var (plain, observed, _) = Train(loop, monitor, (step, _) => monitor.Observe(step));
            var what = $"{name}, {(layers ? "FullBatch" : "loss function")}";
            yield return BenchRow.AtMost(limit, $"{what}: monitored step / plain step", (plain + observed) / plain);
            yield return BenchRow.Of($"{what}: HVPs per step", (double)products.Total / Steps, "");
        }
    }

    private static IEnumerable<BenchRow> NowAndThen()
    {
        using var scope = NewDisposeScope();
        var loop = Start(() => Convolutional(normalized: false));
        using var monitor = loop.Watch(layers: false, Rare);
        var (plain, _, unmeasured) = Train(loop, monitor, (step, loss) => monitor.Observe(step, loss));
        yield return BenchRow.AtMost(0.05, $"CNN, every {Rare}, loss handed over: cost of a step that is not measured / plain step", unmeasured / plain);
    }

    private static Loop Start(Func<Loop> create)
    {
        set_num_threads(1);
        manual_seed(0);
        return create();
    }

    /// <summary>Seconds a step of the loop itself, of the hook, and of the hook where the curvature is not measured.</summary>
    private static (double Plain, double Observed, double Unmeasured) Train(Loop loop, SharpnessMonitor monitor, Action<long, Tensor> observe)
    {
        var (plain, measured, unmeasured) = (0.0, new List<double>(), new List<double>());
        for (var step = 0L; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            Tensor? loss = null;
            plain += Timing.Of(() =>
            {
                loop.Optimizer.zero_grad();
                loss = loop.Loss().MoveToOuterDisposeScope();
                loss.backward();
            });
            (monitor.Measures(step) ? measured : unmeasured).Add(Timing.Of(() => observe(step, loss!)));
            plain += Timing.Of(() => loop.Optimizer.step());
        }

        return (plain / Steps, measured.Concat(unmeasured).Average(), unmeasured.DefaultIfEmpty().Average());
    }

    private static Loop Convolutional(bool normalized)
    {
        using var data = new DigitsSettings { Examples = Examples }.Load();
        var images = data.Inputs.view(-1, 1, 8, 8).to(ScalarType.Float32);
        var labels = data.Targets.clone();
        var network = nn.Sequential(
            [.. Block(1, 8, normalized), ("pool", nn.AvgPool2d(2)), .. Block(8, 16, normalized), ("flat", nn.Flatten()), ("head", nn.Linear(256, 10))]);
        return new(
            network, () => nn.functional.cross_entropy(network.call(images), labels), optim.SGD(network.parameters(), 0.05),
            new FullBatch(network, images, labels, new CrossEntropy()));
    }

    private static (string, nn.Module<Tensor, Tensor>)[] Block(long from, long to, bool normalized) =>
    [
        ($"conv{to}", nn.Conv2d(from, to, 3, padding: 1)),
        .. normalized ? [($"norm{to}", nn.BatchNorm2d(to))] : Array.Empty<(string, nn.Module<Tensor, Tensor>)>(),
        ($"tanh{to}", nn.Tanh()),
    ];

    private static Loop Transformer()
    {
        using var data = new TextSettings { Context = 64 }.Load();
        var (tokens, next) = (data.Inputs.narrow(0, 0, 8).clone(), data.Targets.narrow(0, 0, 8).flatten().clone());
        var network = new Transformer(data.Tokens!.Value, 64, layers: 2, heads: 4, width: 64);
        return new(network, () => nn.functional.cross_entropy(network.call(tokens).flatten(0, 1), next), optim.AdamW(network.parameters(), 1e-3), null);
    }

    private sealed record Loop(nn.Module Network, Func<Tensor> Loss, optim.Optimizer Optimizer, FullBatch? Batch)
    {
        public SharpnessMonitor Watch(bool layers, int every, params IEnumerable<IMonitorSink> sinks)
        {
            var options = new MonitorOptions { Eigenvalues = 1, Every = every };
            return layers ? SharpnessMonitor.Watch(Batch!, Optimizer, options, sinks) : SharpnessMonitor.Watch(Network, Optimizer, Loss, options, sinks);
        }
    }

    private sealed class ProductCount : IMonitorSink
    {
        public int Total { get; private set; }

        public void Record(Measurement measurement) => Total += measurement.HessianProducts;
    }
}
