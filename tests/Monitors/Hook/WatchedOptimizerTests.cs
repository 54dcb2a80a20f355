using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Threshold and matrix of TorchSharp's optimizers, against recurrences written out and dense Hessians.</summary>
public sealed class WatchedOptimizerTests
{
    private const double Rate = 0.02;

    private static readonly Dictionary<string, (Func<IEnumerable<Parameter>, optim.Optimizer> Create, Rule Rule)> Kinds = new()
    {
        ["gradient descent"] = (p => optim.SGD(p, Rate), new() { Threshold = eta => 2 / eta }),
        ["momentum"] = (p => optim.SGD(p, Rate, 0.9), new() { Threshold = eta => 3.8 / eta }),
        ["dampened momentum"] = (p => optim.SGD(p, Rate, 0.8, dampening: 0.5), new() { Threshold = eta => 3.6 / (0.5 * eta) }),
        ["nesterov"] = (p => optim.SGD(p, Rate, 0.9, nesterov: true), new() { Threshold = eta => 3.8 / (2.8 * eta) }),
        ["coupled decay"] = (p => optim.SGD(p, Rate, weight_decay: 0.3), new() { Threshold = eta => 2 / eta, Decay = 0.3 }),
        ["adam"] = (p => optim.Adam(p, Rate, 0.9, 0.99), new() { Threshold = eta => 38 / eta, Moment = "adam" }),
        ["adam with decay"] = (p => optim.Adam(p, Rate, 0.8, 0.99, weight_decay: 0.2), new()
        {
            Threshold = eta => 3.6 / (0.2 * eta),
            Moment = "adam",
            Beta1 = 0.8,
            Decay = 0.2,
        }),
        ["amsgrad"] = (p => optim.Adam(p, Rate, 0.9, 0.9, amsgrad: true), new() { Threshold = eta => 38 / eta, Moment = "amsgrad", Beta2 = 0.9 }),
        ["adamw"] = (p => optim.AdamW(p, Rate, 0.9, 0.99, weight_decay: 0.4), new()
        {
            Threshold = eta => 1.9 * (2 - eta * 0.4) / (0.1 * eta),
            Moment = "adam",
        }),
        ["rmsprop"] = (p => optim.RMSProp(p, Rate, 0.99), new() { Threshold = eta => 2 / eta, Moment = "rms" }),
        ["rmsprop with momentum"] = (p => optim.RMSProp(p, Rate, 0.99, momentum: 0.5), new() { Threshold = eta => 3 / eta, Moment = "rms" }),
        ["centered rmsprop"] = (p => optim.RMSProp(p, Rate, 0.99, centered: true), new() { Threshold = eta => 2 / eta, Moment = "centered" }),
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void With_mini_batches_and_a_cosine_schedule_the_ratio_is_that_of_a_dense_computation(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (create, rule) = Kinds[name];
        using var net = nn.Sequential(nn.Linear(3, 5, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(5, 1, dtype: ScalarType.Float64));
        var (x, y) = (randn([24, 3], dtype: ScalarType.Float64), randn([24, 1], dtype: ScalarType.Float64));
        var parameters = net.parameters().ToArray();
        using var optimizer = create(parameters);
        var scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 20);
        var batch = 0;
        Tensor Loss() => (net.call(x.narrow(0, batch * 8, 8)) - y.narrow(0, batch * 8, 8)).square().mean();
        using var monitor = SharpnessMonitor.Watch(optimizer, Loss);
        var moments = new Moments(rule);
        for (var step = 0; step < 16; step++)
        {
            using var inner = NewDisposeScope();
            batch = step % 3;
            optimizer.zero_grad();
            Loss().backward();
            var seen = monitor.Observe(step)!;
            var scale = moments.Next(DenseReference.Flat(parameters.Select(p => p.grad!)), DenseReference.Flat(parameters.Select(p => p.detach())));
            if (step % 5 == 0)
            {
                var eta = optimizer.ParamGroups.Single().LearningRate;
                var hessian = DenseReference.Hessian(parameters, Loss) + rule.Decay * eye(parameters.Sum(p => p.numel()), dtype: ScalarType.Float64);
                var largest = DenseReference.Eigenvalues(scale.rsqrt().unsqueeze(1) * hessian * scale.rsqrt())[0];
                Assert.Equal(rule.Threshold(eta), seen.Threshold, 1e-9 * seen.Threshold);
                Assert.Equal(eta, seen.LearningRate);
                Assert.Equal(largest / rule.Threshold(eta), seen.Ratio!.Value, 1e-3 * Math.Abs(seen.Ratio.Value));
            }

            optimizer.step();
            scheduler.step();
        }
    }

    [Fact]
    public void Groups_with_different_rates_are_compared_in_units_of_the_first()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (nn.Parameter(ones(1, dtype: ScalarType.Float64)), nn.Parameter(ones(1, dtype: ScalarType.Float64)));
        using var optimizer = optim.SGD([new SGD.ParamGroup([x], lr: 0.05), new SGD.ParamGroup([y], lr: 3.0)], 0.1);
        using var monitor = SharpnessMonitor.Watch(optimizer, () => 5 * x.square().sum() + 0.5 * y.square().sum());

        var seen = monitor.Observe(0)!;
        Assert.Equal(1.5, seen.Ratio!.Value, 1e-9);
        Assert.Equal(40, seen.Threshold, 1e-9);
        Assert.Equal(10, seen.HessianSharpness!.Value, 1e-9);

        // The vector of the largest eigenvalue is y: the gradient along it is y's own.
        Assert.Equal(1, Math.Abs(seen.GradientDots[0]), 1e-9);

        optimizer.ParamGroups.Last().LearningRate = 0;
        seen = monitor.Observe(1)!;
        Assert.Equal(0.25, seen.Ratio!.Value, 1e-9);
        Assert.Equal(0, seen.Eigenvalues[1], 1e-9);
        Assert.All(seen.GradientDots, dot => Assert.False(double.IsNaN(dot)));

        optimizer.ParamGroups.First().LearningRate = 0;
        seen = monitor.Observe(2)!;
        Assert.Equal(double.PositiveInfinity, seen.Threshold);
        Assert.Null(seen.Ratio);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Decoupled_decay_lowers_the_threshold_to_where_simulated_steps_begin_to_grow(double decay)
    {
        var threshold = StabilityThreshold.AdamW(0.1, decay).Value;
        Assert.Equal(1.9 * (2 - 0.1 * decay) / (0.1 * 0.1), threshold, 1e-9);
        Assert.Equal(decay switch { 0 => 380, 1 => 361, _ => 285 }, threshold, 1e-9);
        Assert.True(Growth(0.99) < 1);
        Assert.True(Growth(1.01) > 1);

        // |x| after the transient, over |x| 200 steps before.
        double Growth(double share)
        {
            using var scope = NewDisposeScope();
            var x = nn.Parameter(tensor([1e-60]));
            using var optimizer = optim.AdamW([x], 0.1, 0.9, 0.999, eps: 1, weight_decay: decay);
            using var monitor = SharpnessMonitor.Watch(optimizer, () => 0.5 * share * threshold * x.square().sum());
            var sizes = new List<double>();
            for (var step = 0; step < 400; step++)
            {
                using var inner = NewDisposeScope();
                optimizer.zero_grad();
                (0.5 * share * threshold * x.square().sum()).backward();
                if (monitor.Observe(step) is { } seen && step > 0)
                {
                    Assert.Equal(threshold, seen.Threshold, 1e-9);
                }

                optimizer.step();
                sizes.Add(Math.Abs(x.item<double>()));
            }

            return sizes[^100..].Max() / sizes[^300..^200].Max();
        }
    }

    [Fact]
    public void While_the_gradient_is_clipped_the_threshold_is_that_of_the_shorter_step()
    {
        using var scope = NewDisposeScope();
        const double curvature = 30, rate = 0.1, clip = 0.5;
        var x = nn.Parameter(tensor([4.0]));
        using var optimizer = optim.SGD([x], rate);
        Tensor Loss() => 0.5 * curvature * x.square().sum();
        using var monitor = SharpnessMonitor.Watch(optimizer, Loss, new MonitorOptions { ClipNorm = clip });
        var path = new List<double>();
        for (var step = 0; step < 400; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            Loss().backward();
            var norm = curvature * Math.Abs(x.item<double>());
            var seen = monitor.Observe(step)!;
            Assert.Equal(norm > clip ? 2 * norm / (rate * clip) : 2 / rate, seen.Threshold, 1e-9 * seen.Threshold);
            nn.utils.clip_grad_norm_([x], clip);
            optimizer.step();
            path.Add(x.item<double>());
        }

        // S > 2/η: the clipped step ends in the orbit of period 2 with |x₁| + |x₂| = ηc, not at the minimum.
        Assert.Equal(rate * clip, Math.Abs(path[^1]) + Math.Abs(path[^2]), 1e-5);
        Assert.Equal(path[^1], path[^3], 1e-6);
    }

    [Fact]
    public void An_optimizer_without_a_known_threshold_gives_a_sharpness_and_no_ratio()
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        optim.Optimizer[] optimizers = [optim.Adagrad([x], 0.1), optim.LBFGS([x], 0.1), optim.NAdam([x]), optim.SGD([x], 0.1, maximize: true)];
        foreach (var optimizer in optimizers)
        {
            using var owned = optimizer;
            var (sink, text) = (new Recorder(), new StringWriter());
            using var monitor = SharpnessMonitor.Watch(optimizer, () => x.square().sum(), null, sink, new ConsoleSink(text));
            var seen = monitor.Observe(0)!;

            Assert.Equal(2, seen.Sharpness!.Value, 1e-9);
            Assert.Null(seen.Ratio);
            Assert.Contains(optimizer.GetType().Name, Assert.Single(sink.Warnings), StringComparison.Ordinal);
            Assert.DoesNotContain("of the threshold", text.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_a_part_of_a_module_the_share_of_parameters_is_said_and_a_shared_parameter_counts_once()
    {
        using var scope = NewDisposeScope();
        using var net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1));
        using var optimizer = optim.SGD(net.parameters().Concat(net.parameters()), 0.1);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(net.children().First(), optimizer, () => net.call(ones(4, 2)).square().mean(), null, sink);
        monitor.Observe(0);

        Assert.Contains("9 of the 13 parameters", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    /// <summary>An update rule as its paper writes it.</summary>
    private sealed record Rule
    {
        public required Func<double, double> Threshold { get; init; }

        public string? Moment { get; init; }

        public double Beta1 { get; init; } = 0.9;

        public double Beta2 { get; init; } = 0.99;

        public double Decay { get; init; }
    }

    /// <summary>The diagonal by which the update divides, from the recurrences.</summary>
    private sealed class Moments(Rule rule)
    {
        private Tensor? _v, _mean, _largest;
        private int _n;

        public Tensor Next(Tensor gradient, Tensor point)
        {
            var g = gradient + rule.Decay * point;
            _n++;
            _v = Kept((_v ?? zeros_like(g)) * rule.Beta2 + (1 - rule.Beta2) * g * g);
            _mean = Kept((_mean ?? zeros_like(g)) * rule.Beta2 + (1 - rule.Beta2) * g);
            _largest = Kept(maximum(_largest ?? zeros_like(g), _v));
            return rule.Moment switch
            {
                "adam" => (1 - Math.Pow(rule.Beta1, _n)) * ((_v / (1 - Math.Pow(rule.Beta2, _n))).sqrt() + 1e-8),
                "amsgrad" => (1 - Math.Pow(rule.Beta1, _n)) * ((_largest / (1 - Math.Pow(rule.Beta2, _n))).sqrt() + 1e-8),
                "rms" => _v.sqrt() + 1e-8,
                "centered" => (_v - _mean * _mean).sqrt() + 1e-8,
                _ => ones_like(g),
            };
        }

        private static Tensor Kept(Tensor t) => t.DetachFromDisposeScope();
    }
}
