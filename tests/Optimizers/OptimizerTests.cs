using LossSpikes.Lab.Optimizers;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Optimizers;

/// <summary>Every optimizer against PyTorch's published recurrence, parameter by parameter, on a function that is not quadratic.</summary>
public sealed class OptimizerTests
{
    private const int Steps = 50;

    private static readonly double[] Start = [1.5, -0.7, 0.02, -3];

    private static readonly (OptimizerSettings Settings, Func<Recurrence, double, double, double, double> Update)[] Rules =
    [
        (new GradientDescentSettings { LearningRate = 0.1 }, (r, x, g, eta) => r.Sgd(x, g, eta, 0, 0, false)),
        (new MomentumSettings { LearningRate = 0.05, Beta = 0.8 }, (r, x, g, eta) => r.Sgd(x, g, eta, 0.8, 0, false)),
        (new MomentumSettings { LearningRate = 0.05, Nesterov = true }, (r, x, g, eta) => r.Sgd(x, g, eta, 0.9, 0, true)),
        (new EmaMomentumSettings { LearningRate = 0.2, Beta = 0.7 }, (r, x, g, eta) => r.Sgd(x, g, eta, 0.7, 0.7, false)),
        (new RmsPropSettings { LearningRate = 0.02, Beta2 = 0.95, Epsilon = 1e-3 }, (r, x, g, eta) => r.RmsProp(x, g, eta, 0.95, 1e-3)),
        (new AdamSettings { LearningRate = 0.05, Beta1 = 0.85, Beta2 = 0.99 }, (r, x, g, eta) => r.Adam(x, g, eta, 0.85, 0.99, 1e-8)),
    ];

    private static readonly (ScheduleSettings Schedule, Func<int, double> Factor)[] Schedules =
    [
        (new ConstantSchedule(), _ => 1),
        (new StepSchedule { Every = 7, Factor = 0.5 }, t => Math.Pow(0.5, Math.Floor(t / 7.0))),
    ];

    public static TheoryData<int, double, int> Cases() => new(
        from rule in Enumerable.Range(0, Rules.Length)
        from weightDecay in (double[])[0, 0.03]
        from schedule in Enumerable.Range(0, Schedules.Length)
        select (rule, weightDecay, schedule));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fifty_steps_equal_those_of_PyTorch(int rule, double weightDecay, int schedule)
    {
        using var scope = NewDisposeScope();
        using var optimizer = (Rules[rule].Settings with { WeightDecay = weightDecay, Schedule = Schedules[schedule].Schedule }).Create();
        var recurrences = Start.Select(_ => new Recurrence(weightDecay)).ToArray();
        var (point, expected) = (tensor(Start), Start.ToArray());
        for (var t = 0; t < Steps; t++)
        {
            point = optimizer.Next(t, point, Gradient(point)).Point;
            var eta = Rules[rule].Settings.LearningRate * Schedules[schedule].Factor(t);
            expected = [.. expected.Zip(recurrences, (x, r) => Rules[rule].Update(r, x, 4 * x * x * x / 10 + Math.Cos(x), eta))];
            Assert.All(expected.Zip(point.data<double>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        }
    }

    [Fact]
    public void A_restored_optimizer_continues_as_if_it_had_never_stopped()
    {
        using var scope = NewDisposeScope();
        foreach (var settings in Rules.Select(r => r.Settings))
        {
            using var first = settings.Create();
            using var second = settings.Create();
            var point = tensor(Start);
            for (var t = 0; t < 10; t++)
            {
                point = first.Next(t, point, Gradient(point)).Point;
            }

            second.Restore(first.State);
            for (var (t, other) = (10, point); t < 20; t++)
            {
                (point, other) = (first.Next(t, point, Gradient(point)).Point, second.Next(t, other, Gradient(other)).Point);
                Assert.Equal(point.data<double>().ToArray(), other.data<double>().ToArray());
            }
        }
    }

    [Fact]
    public void A_step_keeps_the_precision_and_leaves_point_and_gradient_unchanged_and_no_tensor_behind()
    {
        foreach (var settings in Rules.Select(r => r.Settings with { WeightDecay = 0.1 }))
        {
            using var optimizer = settings.Create();
            using var point = tensor([1f, -2f]);
            using var gradient = tensor([0.5f, 3f]);
            Step(0);
            var before = LiveTensors.Settled();
            Step(1);
            Assert.Equal(before, Tensor.TotalCount);
            Assert.Equal([1f, -2f, 0.5f, 3f], (float[])[.. point.data<float>(), .. gradient.data<float>()]);

            void Step(long t)
            {
                using var scope = NewDisposeScope();
                Assert.Equal(ScalarType.Float32, optimizer.Next(t, point, gradient).Point.dtype);
            }
        }
    }

    [Fact]
    public void An_update_has_the_learning_rate_and_the_edge_of_its_own_step()
    {
        using var scope = NewDisposeScope();
        var schedule = new ListSchedule { Values = new Dictionary<int, double> { [1] = 0.05 } };
        using var adam = new AdamSettings { LearningRate = 0.1, WeightDecay = 0.01, Schedule = schedule }.Create();
        var updates = Enumerable.Range(0, 2).Select(t => adam.Next(t, tensor([1.0, 2]), tensor([3.0, -4]))).ToList();
        var (first, second) = (updates[0].Edge, updates[1].Edge);

        Assert.Equal((380, "38/η", 0.01), (Math.Round(first.Threshold.Value, 9), first.Threshold.Formula, first.WeightDecay));
        Assert.Equal(760, second.Threshold.Value, 1e-9);
        Assert.Equal([0.1, 0.05], updates.Select(u => u.LearningRate));
        Assert.Equal([0.1 * (3.01 + 1e-8), 0.1 * (3.98 + 1e-8)], first.Preconditioner!.data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.19 * (3.01 + 1e-8), 0.19 * (3.98 + 1e-8)], second.Preconditioner!.data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    /// <summary>The gradient of Σ x⁴/10 + sin x.</summary>
    private static Tensor Gradient(Tensor x) => 4 * x.pow(3) / 10 + x.cos();
}
