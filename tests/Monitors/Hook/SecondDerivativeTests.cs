using LossSpikes.Monitors;
using LossSpikes.Monitors.Autograd;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Networks whose second derivative is difficult for libtorch, or missing: against dense Hessians by differences.</summary>
public sealed class SecondDerivativeTests
{
    private const int Steps = 20;

    private static readonly Dictionary<string, (
        Func<ScalarType, nn.Module> Create, Func<nn.Module, ScalarType, Func<Tensor>> Loss, bool Differences)> Networks = new()
        {
            ["fused attention"] = (
            type => nn.Linear(4, 12, dtype: type),
            (net, type) =>
            {
                var x = Normal(type, 2, 6, 4);
                return () =>
                {
                    var parts = ((nn.Module<Tensor, Tensor>)net).call(x).chunk(3, -1);
                    return nn.functional.scaled_dot_product_attention(parts[0].unsqueeze(1), parts[1].unsqueeze(1), parts[2].unsqueeze(1)).square().mean();
                };
            },
            true),
            ["embedding bag"] = (
            type => new Bags(type),
            (net, type) =>
            {
                var (words, target) = (tensor(new long[] { 0, 1, 2, 3, 4, 5, 1, 0 }).reshape(4, 2), Normal(type, 4, 2));
                return () => (((Bags)net).call(words) - target).square().mean();
            },
            true),
            ["sparse embedding"] = (
            type => nn.Embedding(6, 3, sparse: true, dtype: type),
            (net, type) =>
            {
                var (words, target) = (tensor(new long[] { 0, 1, 2, 3, 3, 0 }), Normal(type, 6, 3));
                return () => (((nn.Module<Tensor, Tensor>)net).call(words).tanh() - target).square().mean();
            },
            false),
            ["dense embedding"] = (
            type => nn.Embedding(6, 3, dtype: type),
            (net, type) =>
            {
                var (words, target) = (tensor(new long[] { 0, 1, 2, 3, 3, 0 }), Normal(type, 6, 3));
                return () => (((nn.Module<Tensor, Tensor>)net).call(words).tanh() - target).square().mean();
            },
            false),
            ["lstm"] = (
            type => nn.LSTM(3, 4, dtype: type),
            (net, type) =>
            {
                var x = Normal(type, 5, 2, 3);
                return () => ((TorchSharp.Modules.LSTM)net).call(x).Item1.square().mean();
            },
            false),
            ["layer norm"] = (
            type => nn.Sequential(nn.Linear(3, 6, dtype: type), nn.LayerNorm(6, dtype: type), nn.Tanh(), nn.Linear(6, 1, dtype: type)),
            (net, type) =>
            {
                var (x, y) = (Normal(type, 10, 3), Normal(type, 10, 1));
                return () => (((nn.Module<Tensor, Tensor>)net).call(x) - y).square().mean();
            },
            false),
            ["convolution"] = (
            type => nn.Sequential(nn.Conv2d(1, 2, 3, dtype: type), nn.GELU(), nn.Flatten(), nn.Linear(18, 1, dtype: type)),
            (net, type) =>
            {
                var x = Normal(type, 6, 1, 5, 5);
                return () => (((nn.Module<Tensor, Tensor>)net).call(x) - 1).square().mean();
            },
            false),
        };

    public static MatrixTheoryData<string, ScalarType> Cases => new(Networks.Keys, [ScalarType.Float32, ScalarType.Float64]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_sharpness_is_that_of_a_dense_hessian_and_differences_are_announced_once(string name, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (create, lossOf, differences) = Networks[name];
        manual_seed(7);
        using var net = create(type);
        manual_seed(8);
        var loss = lossOf(net, type);
        using var twin = create(ScalarType.Float64);
        manual_seed(8);
        var exact = lossOf(twin, ScalarType.Float64);
        using var optimizer = optim.SGD(net.parameters(), 0.2);
        var sink = new Recorder();
        var options = new MonitorOptions { Explain = name == "layer norm" };
        using var monitor = SharpnessMonitor.Watch(net, optimizer, loss, options, sink);
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            using (no_grad())
            {
                foreach (var (to, from) in twin.parameters().Zip(net.parameters()))
                {
                    to.copy_(from.to(ScalarType.Float64));
                }
            }

            optimizer.zero_grad();
            loss().backward();
            var before = net.parameters().Select(p => p.bytes.ToArray()).ToArray();
            var seen = monitor.Observe(step)!;
            Assert.All(net.parameters().Zip(before), p => Assert.Equal(p.Second, p.First.bytes.ToArray()));
            Assert.True(seen.Sharpness is not null, string.Join('\n', sink.Warnings));
            if (step % 6 == 0 || step == Steps - 1)
            {
                var eigenvalues = DenseReference.Eigenvalues(DenseReference.Hessian([.. twin.parameters()], exact));
                Assert.Equal(eigenvalues[0], seen.Sharpness!.Value, 2e-3 * eigenvalues[0]);
                Assert.InRange(eigenvalues.Min(value => Math.Abs(value - seen.Sharpness.Value)), 0, seen.Residual!.Value + 1e-5 * eigenvalues[0]);
            }

            foreach (var p in net.parameters().Where(p => p.grad is { is_sparse: true }))
            {
                p.grad = p.grad!.to_dense();
            }

            optimizer.step();
        }

        Assert.Equal(differences ? 1 : 0, sink.Warnings.Count(w => w.Contains("central differences of gradients", StringComparison.Ordinal)));
        Assert.All(sink.Warnings, w => Assert.DoesNotContain("frame #", w, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_differences_are_switched_off_the_operation_is_named_and_the_sharpness_stays_empty()
    {
        using var scope = NewDisposeScope();
        var (create, lossOf, _) = Networks["fused attention"];
        using var net = create(ScalarType.Float32);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            net.parameters(),
            lossOf(net, ScalarType.Float32),
            StabilityThreshold.GradientDescent(0.1),
            new MonitorOptions { AllowFiniteDifferences = false },
            sink);

        Assert.All([0, 1], step => Assert.Null(monitor.Observe(step)!.Sharpness));
        Assert.Contains("scaled_dot_product", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_loss_that_differentiates_inside_is_measured_for_two_thousand_steps_in_bounded_memory()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        using var net = nn.Sequential(nn.Linear(1, 20, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(20, 1, dtype: ScalarType.Float64));
        var x = linspace(-1, 1, 16, ScalarType.Float64).unsqueeze(1);
        var force = Math.PI * Math.PI * (Math.PI * x).sin();
        var parameters = net.parameters().ToArray();
        using var optimizer = optim.Adam(parameters, 1e-3);
        using var monitor = SharpnessMonitor.Watch(optimizer, Loss, new MonitorOptions { AuditEvery = 0 });
        var (tensors, compared) = (0L, 0);
        for (var step = 0; step <= 2000; step++)
        {
            using (var inner = NewDisposeScope())
            {
                optimizer.zero_grad();
                Loss().backward();
                if (step % 20 == 0 && monitor.Observe(step)!.HessianSharpness is { } raw)
                {
                    compared++;
                    var expected = DenseReference.Eigenvalues(DenseReference.Hessian(parameters, Loss))[0];
                    Assert.Equal(expected, raw, 1e-3 * expected);
                }

                optimizer.step();
            }

            tensors = step == 400 ? LiveTensors.Settled() : tensors;
        }

        Assert.Equal(tensors, LiveTensors.Settled());
        Assert.Equal(6, compared);

        // u″ + π² sin πx for u(x) of the network, and u = 0 at both ends.
        Tensor Loss()
        {
            var points = x.detach().requires_grad_();
            var u = net.call(points);
            var slope = Differentiation.Differentiate([u.sum()], [points], differentiable: true)[0];
            var bend = Differentiation.Differentiate([slope.sum()], [points], differentiable: true)[0];
            return (bend + force).square().mean() + u[0].square().sum() + u[-1].square().sum();
        }
    }

    /// <summary>Averages of embeddings, and a linear layer.</summary>
    private sealed class Bags : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.EmbeddingBag _bag;
        private readonly TorchSharp.Modules.Linear _head;

        public Bags(ScalarType type) : base(nameof(Bags))
        {
            (_bag, _head) = (nn.EmbeddingBag(6, 3, dtype: type), nn.Linear(3, 2, dtype: type));
            RegisterComponents();
        }

        public override Tensor forward(Tensor words) => _head.call(_bag.call(words).tanh());
    }

    private static Tensor Normal(ScalarType type, params long[] shape) => randn(shape, dtype: ScalarType.Float64).to(type);
}
