using LossSpikes.Monitors;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>A loop that hands over its own loss and gradient, and one that hands over its examples.</summary>
public sealed class HandedLossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void The_loss_function_is_called_only_where_the_curvature_is_measured(int every)
    {
        using var scope = NewDisposeScope();
        var calls = new CallCount();
        var handed = Train(every, hand: true, calls);
        var (evaluations, steps) = (calls.Number, handed.Count);
        var evaluated = Train(every, hand: false, new CallCount());

        Assert.Equal(evaluated, handed);
        // One evaluation at a measured step, and two at the first for the check that the loss repeats.
        Assert.Equal((steps + every - 1) / every + 2, evaluations);
    }

    [Fact]
    public void A_loop_that_has_left_no_gradient_is_evaluated_as_before()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(arange(3.0, 5.0, dtype: ScalarType.Float64));
        using var monitor = SharpnessMonitor.Watch(
            [w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1), new MonitorOptions { Every = 2, Eigenvalues = 1 });
        monitor.Observe(0, w.square().sum());

        var seen = monitor.Observe(1, w.square().sum())!;

        Assert.Equal((25.0, 10.0), (seen.Loss, seen.GradientNorm));
        Assert.Null(seen.Sharpness);
    }

    [Fact]
    public void A_parameter_without_a_gradient_counts_as_one_that_stands_still()
    {
        using var scope = NewDisposeScope();
        var (w, idle) = (nn.Parameter(arange(3.0, 5.0, dtype: ScalarType.Float64)), nn.Parameter(ones(3, ScalarType.Float64)));
        using var monitor = SharpnessMonitor.Watch(
            [idle, w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1), new MonitorOptions { Every = 2, Eigenvalues = 1 });
        var loss = w.square().sum();
        loss.backward();
        monitor.Observe(0, loss);

        Assert.Equal(10, monitor.Observe(1, loss)!.GradientNorm);
    }

    [Fact]
    public void A_handed_loss_must_be_one_number()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(2));
        using var monitor = SharpnessMonitor.Watch([w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1));
        var gone = ones(1);
        gone.Dispose();

        Assert.Contains("one number", Assert.Throws<ArgumentException>(() => monitor.Observe(0, w.square())).Message);
        Assert.Contains("one number", Assert.Throws<ArgumentException>(() => monitor.Observe(0, gone)).Message);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("convolution")]
    [InlineData("batchnorm")]
    [InlineData("layernorm")] // a layer whose derivatives are not written out
    public void A_full_batch_under_an_optimizer_gives_what_its_loss_function_gives(string kind)
    {
        using var scope = NewDisposeScope();
        var byBatch = Follow(kind, full: true);
        var byLoss = Follow(kind, full: false);

        Assert.Equal(byBatch.Count, byLoss.Count);
        foreach (var (a, b) in byBatch.Zip(byLoss))
        {
            Assert.Equal(b.Loss, a.Loss, 1e-10);
            Assert.Equal(b.Threshold, a.Threshold, 1e-10);
            Assert.Equal(b.Sharpness!.Value, a.Sharpness!.Value, 1e-6 * Math.Abs(b.Sharpness.Value));
        }
    }

    /// <summary>Loss, norm of the gradient and sharpness of ten steps of SGD.</summary>
    private static List<(double Loss, double Gradient, double? Sharpness)> Train(int every, bool hand, CallCount calls)
    {
        manual_seed(3);
        var (inputs, targets) = (randn([12, 3], dtype: ScalarType.Float64), randn([12, 2], dtype: ScalarType.Float64));
        var network = nn.Sequential(nn.Linear(3, 4, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(4, 2, dtype: ScalarType.Float64));
        var optimizer = optim.SGD(network.parameters(), 0.1);
        Tensor Loss() => (network.call(inputs) - targets).square().mean();
        using var monitor = SharpnessMonitor.Watch(
            network, optimizer, () => calls.Count(Loss()), new MonitorOptions { Every = every, Eigenvalues = 1 });
        var seen = new List<(double, double, double?)>();
        for (var step = 0; step < 10; step++)
        {
            optimizer.zero_grad();
            var loss = Loss();
            loss.backward();
            var m = (hand ? monitor.Observe(step, loss) : monitor.Observe(step))!;
            seen.Add((m.Loss, m.GradientNorm, m.Sharpness));
            optimizer.step();
        }

        return seen;
    }

    private static List<Measurement> Follow(string kind, bool full)
    {
        manual_seed(5);
        const ScalarType Type = ScalarType.Float64;
        var inputs = kind is "dense" or "layernorm" ? randn([20, 5], dtype: Type) : randn([20, 1, 4, 4], dtype: Type);
        var labels = randint(0, 3, [20]);
        nn.Module<Tensor, Tensor> network = kind switch
        {
            "dense" => nn.Sequential(nn.Linear(5, 6, dtype: Type), nn.Tanh(), nn.Linear(6, 3, dtype: Type)),
            "layernorm" => nn.Sequential(nn.Linear(5, 6, dtype: Type), nn.LayerNorm(6, dtype: Type), nn.Tanh(), nn.Linear(6, 3, dtype: Type)),
            "convolution" => nn.Sequential(nn.Conv2d(1, 2, 3, padding: 1, dtype: Type), nn.Tanh(), nn.Flatten(), nn.Linear(32, 3, dtype: Type)),
            _ => nn.Sequential(
                nn.Conv2d(1, 2, 3, padding: 1, dtype: Type), nn.BatchNorm2d(2, dtype: Type), nn.Tanh(), nn.Flatten(), nn.Linear(32, 3, dtype: Type)),
        };
        var optimizer = optim.Adam(network.parameters(), 0.01);
        Tensor Loss() => nn.functional.cross_entropy(network.call(inputs), labels);
        var options = new MonitorOptions { Eigenvalues = 1, Tolerance = 1e-8 };
        using var monitor = full
            ? SharpnessMonitor.Watch(new FullBatch(network, inputs, labels, new CrossEntropy()), optimizer, options)
            : SharpnessMonitor.Watch(network, optimizer, Loss, options);
        var seen = new List<Measurement>();
        for (var step = 0; step < 5; step++)
        {
            optimizer.zero_grad();
            Loss().backward();
            seen.Add(monitor.Observe(step)!);
            optimizer.step();
        }

        return seen;
    }

    /// <summary>Held by reference: a monitor puts back the variables that a loss function assigns.</summary>
    private sealed class CallCount
    {
        public int Number { get; private set; }

        public Tensor Count(Tensor loss)
        {
            Number++;
            return loss;
        }
    }
}
