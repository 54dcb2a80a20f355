using LossSpikes.Lab.Checks;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Checks;

public sealed class TaylorExpansionTests
{
    private static readonly double[] Sigmas = [.. Enumerable.Range(0, 31).Select(i => Math.Pow(10, -6 + (i / 5.0)))];

    /// <summary>η = 70 (Figure 7): before the first spike, at its foot, at its peak and after it.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    [InlineData(262)]
    [InlineData(1200)]
    public void The_residual_falls_with_the_third_power_on_the_power_law(int step)
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        var path = BatchedDescent.Walk(law, PowerLaw.ArticleStart, [70], 1500)[0];
        var trace = TrajectoryCurvature.Along(law, path);
        using var objective = new ToyObjective(law, path.Parameters[0][step], path.Parameters[1][step]);
        using var u = tensor(new[] { trace.Vectors[0][0][step], trace.Vectors[0][1][step] });
        AssertThirdOrder(TaylorExpansion.Measure(objective, u, trace.Eigenvalues[0][step], Sigmas));
        using var point = objective.GetParameters();
        Assert.Equal([path.Parameters[0][step], path.Parameters[1][step]], point.data<double>().ToArray());
    }

    [Fact]
    public void The_residual_falls_with_the_third_power_on_a_network()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var network = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 2)).to(float64);
        using var objective = new FullBatch(network, randn([20, 3], float64), randn([20, 2], float64), new SquaredError()).Objective();
        using var derivatives = objective.Evaluate(curvature: true);
        var (values, vectors) = linalg.eigh(DenseMatrix.Of(new HessianOperator(derivatives)));
        AssertThirdOrder(TaylorExpansion.Measure(objective, vectors.select(1, -1).contiguous(), values[^1].item<double>(), Sigmas));
    }

    [Fact]
    public void A_quadratic_has_nothing_beyond_its_linear_term()
    {
        using var quadratic = Quadratic.Rotated(4, 1, 0);
        using var objective = new ToyObjective(quadratic, 2.5, 2);
        using var u = tensor(new[] { 1.0, 0 });
        var report = TaylorExpansion.Measure(objective, u, 4, Sigmas);
        Assert.True(double.IsNaN(report.Order));
        Assert.Equal(0, report.SharpnessGradient);
        Assert.All(report.Points, p => Assert.InRange(p.Residual, 0, 1e-14));
    }

    [Fact]
    public void The_angle_to_descent_is_that_between_two_vectors()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        using var objective = new ToyObjective(law, 0.04, -0.6);
        using var u = tensor(new[] { 1.0, 0 });
        using var derivatives = objective.Evaluate(curvature: true);
        using var slope = derivatives.SharpnessGradient(u);
        Assert.Equal(180, TaylorExpansion.AngleToDescent(objective, u, slope), 1e-5);
        Assert.Equal(0, TaylorExpansion.AngleToDescent(objective, u, -slope), 1e-5);
        Assert.Equal(90, TaylorExpansion.AngleToDescent(objective, u, stack([-slope[1], slope[0]])), 1e-5);
    }

    private static void AssertThirdOrder(TaylorReport report)
    {
        Assert.True(report.Points.Count(p => p.Counted) >= 5);
        Assert.Equal(3, report.Order, 0.05);
        Assert.InRange(report.EigenResidual, 0, 1e-14);
    }
}
