using LossSpikes.Lab.Checks;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Explanation;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Explanation;

/// <summary>The quantities of one step against dense derivatives and differences.</summary>
public sealed class StepExplanationTests
{
    [Fact]
    public void Alpha_and_beta_equal_those_of_dense_derivatives()
    {
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        using var start = objective.GetParameters();
        var run = WatchedDescent.Of(objective, 0.05, 0, Strict);

        var explained = run.Measurements[0].Explanation!;
        objective.SetParameters(start);
        var (values, vectors) = Dense(objective);
        var u = vectors[.., -1];
        using var derivatives = objective.Evaluate(curvature: false);
        var gradient = derivatives.Gradient;
        const double H = 1e-5;
        var slopes = new double[start.shape[0]];
        for (var i = 0; i < slopes.Length; i++)
        {
            slopes[i] = (Top(i, H) - Top(i, -H)) / (2 * H); // of the eigenvalue itself, not of uᵀHu
        }

        var slope = tensor(slopes);
        Tensor Orthogonal(Tensor v) => v - u * v.dot(u);
        var beta = Orthogonal(slope).square().sum(0L).item<double>();
        var x = (gradient.dot(u) / values[-1]).item<double>();
        Assert.Equal(beta, explained.Beta!.Value, 1e-5 * beta);
        Assert.Equal(slope.norm().item<double>(), explained.SharpnessGradientNorm!.Value, 1e-5 * Math.Sqrt(beta));
        var tracked = run.Measurements[0].Eigenvalues.Count + explained.Guards.Count;
        var beside = Enumerable.Range(2, tracked - 1).Sum(j =>
            (values[^j] / (values[-1] - values[^j])).item<double>() * Math.Pow(slope.dot(vectors[.., ^j]).item<double>(), 2));
        var alpha = -Orthogonal(gradient).dot(Orthogonal(slope)).item<double>() - x * x / 2 * beta - x * x * beside;
        Assert.Equal(alpha, explained.Alpha!.Value, 1e-5 * Math.Sqrt(beta));
        Assert.Equal(Math.Abs(x), Math.Abs(explained.X!.Value), 1e-8);
        Assert.Equal(1, explained.LinearShare!.Value + explained.CubicShare!.Value + explained.RemainingShare!.Value, 1e-12);

        double Top(int i, double h)
        {
            using var moved = start.clone();
            moved[i] += h;
            objective.SetParameters(moved);
            return Dense(objective).Values[-1].item<double>();
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void At_a_displaced_iterate_alpha_is_that_of_the_valley_floor()
    {
        using var network = new ChebyshevNetwork();
        WatchedDescent.Of(network.Objective, ChebyshevNetwork.LearningRate, 700);
        using var floor = network.Objective.GetParameters();
        var (_, vectors) = Dense(network.Objective);
        var u = vectors[.., -1];

        // The mean over both sides has no odd orders in x; without the last term it would be more than twice as large.
        var sides = new[] { -0.05, 0.05 }.Select(x => At(floor + x * u)).ToArray();
        var alpha = At(floor).Alpha!.Value;
        Assert.All(sides, side => Assert.InRange(Math.Abs(side.X!.Value), 0.045, 0.055));
        Assert.InRange(sides.Average(side => side.Alpha!.Value) / alpha, 0.8, 1.2);
        Assert.InRange(alpha, 0.02, 0.035);

        StepExplanation At(Tensor parameters)
        {
            network.Objective.SetParameters(parameters);
            return WatchedDescent.Of(network.Objective, ChebyshevNetwork.LearningRate, 0, Strict).Measurements[0].Explanation!;
        }
    }

    [Fact]
    public void On_the_valley_floor_alpha_is_the_slope_of_the_sharpness()
    {
        using var network = new ChebyshevNetwork();
        var run = WatchedDescent.Of(network.Objective, ChebyshevNetwork.LearningRate, 560);

        // S_{t+1} − S_t = ηα below the edge, whatever the displacement.
        foreach (var (now, next) in run.Measurements.Skip(400).Zip(run.Measurements.Skip(401)))
        {
            Assert.Equal(
                next.Sharpness!.Value - now.Sharpness!.Value,
                ChebyshevNetwork.LearningRate * now.Explanation!.Alpha!.Value,
                1e-3 * (next.Sharpness.Value - now.Sharpness.Value));
        }
    }

    [Fact]
    public void The_oscillation_is_the_alternating_part_of_the_displacement()
    {
        using var network = new ChebyshevNetwork();
        var run = WatchedDescent.Of(network.Objective, 0.1, 30);

        for (var t = 10; t <= 23; t++)
        {
            // While the eigenvector hardly turns, the displacements of three steps give it too.
            var x = run.Measurements.Skip(t - 2).Take(3).Select(m => m.GradientDots[0] / run.Measurements[t].Sharpness!.Value).ToArray();
            Assert.Equal((x[2] - 2 * x[1] + x[0]) / 4, run.Measurements[t].Explanation!.XAlternating!.Value, 0.05 * Math.Abs(x[2]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Native_layer_norm_is_refused_with_the_reason(int seed)
    {
        manual_seed(seed);
        using var network = new SmallNetwork(seed: seed, module: nn.Sequential(
            nn.Linear(5, 8, dtype: ScalarType.Float64), nn.LayerNorm(8, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(8, 3, dtype: ScalarType.Float64)));
        using var objective = network.Objective();
        using var before = objective.GetParameters();
        var run = WatchedDescent.Of(objective, 0.01, 3);

        Assert.Contains("third derivative", Assert.Single(run.Events.OfType<WarningEvent>()).Message, StringComparison.Ordinal);
        Assert.All(run.Measurements, m => Assert.Null(m.Explanation!.Alpha));
    }

    [Fact]
    public void A_random_objective_is_not_blamed_on_libtorch()
    {
        var random = new Random(1); // libtorch's own state is put back after every evaluation
        Assert.Contains("the objective is random", Refusal(1, p => (1 + 0.2 * random.NextDouble()) * p.pow(3).sum()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kink_is_not_blamed_on_libtorch() => Assert.Contains(
        "not smooth", Refusal(1 + 5e-7, p => 1000 * p.square().sum() + 1e4 * (p - 1).abs().pow(3).sum()), StringComparison.Ordinal);

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    public void Correct_third_derivatives_pass_the_self_check(ScalarType type)
    {
        manual_seed(0);
        using var module = nn.Sequential(nn.Linear(5, 16, dtype: type), nn.GELU(), nn.Linear(16, 3, dtype: type));
        using var objective = new FullBatch(module, randn([40, 5], dtype: type), randint(0, 3, [40]), new CrossEntropy()).Objective();
        var run = WatchedDescent.Of(objective, 0.01, 2);

        Assert.Empty(run.Events.OfType<WarningEvent>());
        Assert.All(run.Measurements, m => Assert.NotNull(m.Explanation!.Alpha));
    }

    [Fact]
    public void The_self_check_leaves_the_parameters_bit_for_bit()
    {
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        using var before = objective.GetParameters();
        using var monitor = SharpnessMonitor.Watch(objective, StabilityThreshold.GradientDescent(0.1), new MonitorOptions { Explain = true });
        monitor.Observe(0);

        Assert.True(objective.GetParameters().equal(before).all().item<bool>());
    }

    [Fact]
    public void The_cubic_term_can_be_measured_less_often()
    {
        using var network = new ChebyshevNetwork();
        var run = WatchedDescent.Of(network.Objective, ChebyshevNetwork.LearningRate, 20, new MonitorOptions { Explain = true, ExplainEvery = 7 });

        Assert.Equal([0L, 7, 14], run.Measurements.Where(m => m.Explanation!.Alpha is not null).Select(m => m.Step));
    }

    private static string Refusal(double start, Func<Tensor, Tensor> loss)
    {
        using var parameter = nn.Parameter(tensor([start]));
        using var objective = new AutogradObjective([parameter], () => new LossTerm(loss(parameter)));
        using var derivatives = objective.Evaluate(curvature: true);
        var u = ones(1, dtype: ScalarType.Float64);
        var sharpness = derivatives.Hvp(u.unsqueeze(0)).item<double>();
        return SharpnessGradientCheck.Problem(objective, derivatives.SharpnessGradient(u), u, sharpness) ?? "";
    }

    private static MonitorOptions Strict => new() { Explain = true, Tolerance = 1e-10 };

    private static (Tensor Values, Tensor Vectors) Dense(IObjective objective)
    {
        using var derivatives = objective.Evaluate(curvature: true);
        var hessian = derivatives.Hvp(eye(objective.Dimension, dtype: ScalarType.Float64));
        return linalg.eigh((hessian + hessian.t()) / 2);
    }
}
