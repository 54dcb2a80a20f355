using LossSpikes.Monitors.Flows;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Flows;

/// <summary>The central flow of ½(1 − x₁x₂…)² against tiny steps that keep λ₁ at 2/η by bisection, with derivatives written out.</summary>
public sealed class CentralFlowTests
{
    [Theory]
    [InlineData(0.2, 2.5, 2.5, 0.1, 0.1)]
    [InlineData(0.25, 3.0, 0.1)]
    [InlineData(0.14, 2.0, 2.0, 0.2)]
    public void On_a_product_it_agrees_with_tiny_steps_held_at_the_threshold(double learningRate, params double[] start)
    {
        const int Steps = 20;
        using var scope = NewDisposeScope();
        var point = nn.Parameter(tensor(start));
        var objective = new AutogradObjective([point], () => new LossTerm(0.5 * (1 - point.prod(ScalarType.Float64)).square()));
        using var flow = new CentralFlow(objective, new FlowRule(learningRate), new FlowOptions { Substeps = 32 });
        var (reference, held) = (start, 0);
        for (var step = 0; step < Steps; step++)
        {
            var seen = flow.Advance();
            Assert.All(seen.Residuals, r => Assert.True(r <= 1e-10));
            (reference, var holds) = TinySteps(reference, learningRate);
            held += holds ? 1 : 0;
            var there = point.data<double>().ToArray();
            Assert.True(Distance(there, reference) <= 0.01 * Distance(reference, start), $"step {step}: {Distance(there, reference)}");
            Assert.True(Sharpness(there) <= 1.005 * 2 / learningRate);
        }

        Assert.True(held >= 5, $"the edge was held in {held} steps only");
    }

    /// <summary>
    /// The sum of two such losses of separate variables: each follows its own path, and with both at the edge the two eigenvalues are solved for together.
    /// </summary>
    [Fact]
    public void Two_modes_at_the_edge_are_held_together_as_each_alone()
    {
        const int Steps = 20;
        const double LearningRate = 0.2;
        double[][] starts = [[2.5, 2.5, 0.1, 0.1], [2.4, 2.6, 0.12, 0.1]];
        using var scope = NewDisposeScope();
        var points = starts.Select(start => nn.Parameter(tensor(start))).ToList();
        var objective = new AutogradObjective(
            points, () => new LossTerm(points.Select(p => 0.5 * (1 - p.prod(ScalarType.Float64)).square()).Aggregate((sum, term) => sum.add_(term, 1))));
        using var flow = new CentralFlow(objective, new FlowRule(LearningRate), new FlowOptions { Substeps = 32 });
        var (references, together) = (starts.ToArray(), 0);
        for (var step = 0; step < Steps; step++)
        {
            var seen = flow.Advance();
            var held = 0;
            for (var i = 0; i < references.Length; i++)
            {
                (references[i], var holds) = TinySteps(references[i], LearningRate);
                held += holds ? 1 : 0;
                var there = points[i].data<double>().ToArray();
                Assert.True(
                    Distance(there, references[i]) <= 0.01 * Distance(references[i], starts[i]), $"step {step}, {i}: {Distance(there, references[i])}");
            }

            together += seen.Modes == 2 && held == 2 ? 1 : 0;
        }

        Assert.True(together >= 5, $"two modes were held in {together} steps only");
    }

    [Fact]
    public void Below_the_edge_nothing_oscillates_and_the_prediction_is_the_loss()
    {
        using var scope = NewDisposeScope();
        var point = nn.Parameter(tensor([1.0, -2]));
        using var flow = new CentralFlow(
            new AutogradObjective([point], () => new LossTerm(0.5 * (tensor([0.5, 2.0]) * point.square()).sum())),
            new FlowRule(0.1),
            new FlowOptions { Substeps = 64 });
        var step = flow.Advance();

        Assert.Equal((step.Loss, 0), (step.PredictedLoss, step.Modes));
        Assert.Equal(Math.Exp(-0.05), point.data<double>().ToArray()[0], 1e-4);
        Assert.Equal(-2 * Math.Exp(-0.2), point.data<double>().ToArray()[1], 1e-3);
    }

    /// <summary>One step of the optimizer in 50 tiny ones; whether λ₁ had to be held.</summary>
    private static (double[] Point, bool Held) TinySteps(double[] point, double learningRate)
    {
        var time = learningRate / 50;
        var held = false;
        for (var i = 0; i < 50; i++)
        {
            var product = point.Aggregate(1.0, (p, x) => p * x);
            double[] free = [.. point.Select(x => x + time * (1 - product) * product / x)];
            if (Sharpness(free) <= 2 / learningRate)
            {
                point = free;
                continue;
            }

            held = true;
            double[] slope = [.. point.Select((x, j) =>
            {
                double At(double shift) => Sharpness([.. point.Select((v, l) => l == j ? v + shift : v)]);
                return (At(1e-5) - At(-1e-5)) / 2e-5;
            })];
            var (low, high) = (0.0, 1.0);
            for (var half = 0; half < 25; half++)
            {
                var middle = (low + high) / 2;
                (low, high) = Sharpness(Moved(middle)) > 2 / learningRate ? (middle, high) : (low, middle);
            }

            point = Moved(high);

            double[] Moved(double by) => [.. free.Zip(slope, (v, s) => v - time * by * s / 2)];
        }

        return (point, held);
    }

    /// <summary>λ₁ of H = ∇p∇pᵀ − (1 − p)∇²p, p = xyzw.</summary>
    private static double Sharpness(double[] x)
    {
        using var scope = NewDisposeScope();
        var product = x.Aggregate(1.0, (p, v) => p * v);
        var hessian = new double[x.Length, x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            for (var j = 0; j < x.Length; j++)
            {
                hessian[i, j] = product * product / (x[i] * x[j]) - (i == j ? 0 : (1 - product) * product / (x[i] * x[j]));
            }
        }

        return linalg.eigvalsh(tensor(hessian)).max().item<double>();
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum());
}
