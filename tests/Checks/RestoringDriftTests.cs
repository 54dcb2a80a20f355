using LossSpikes.Lab.Checks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Checks;

public sealed class RestoringDriftTests
{
    private const double Eta = 0.1, S = 20, Slope = 0.5;

    /// <summary>
    /// f = ½Sx² + ½x²(a·y) + b·y: orthogonal to x the gradient is b + ½x²a everywhere. So the expansion is exact, and ∇S is a.
    /// </summary>
    [Fact]
    public void Where_the_expansion_is_exact_the_drift_equals_the_prediction()
    {
        using var scope = NewDisposeScope();
        using var objective = Valley();
        var steps = Descend(objective);
        var drift = RestoringDrift.Measure(objective, Eta, steps[0], steps[1], steps[2]);

        Assert.Equal(1, drift.Length, 1e-2);
        Assert.Equal(0, drift.Angle, 1e-2);
    }

    [Fact]
    public void A_drift_of_another_length_or_direction_is_measured_as_such()
    {
        using var scope = NewDisposeScope();
        using var objective = Valley();
        var steps = Descend(objective);

        // The restoring part of the two steps is −ηx²a, with a along the first axis orthogonal to x.
        var predicted = -Eta * 0.01 * 0.01 * Slope;
        var (longer, aside) = (zeros_like(steps[2]), zeros_like(steps[2]));
        longer[1] = predicted;
        aside[2] = predicted;

        Assert.Equal(2, RestoringDrift.Measure(objective, Eta, steps[0], steps[1], steps[2] + longer).Length, 2e-2);
        Assert.Equal(45, RestoringDrift.Measure(objective, Eta, steps[0], steps[1], steps[2] + aside).Angle, 1);
    }

    private static AutogradObjective Valley()
    {
        var point = tensor(new[] { 0.01, 0, 0, 0 }, requires_grad: true);
        var a = tensor(new[] { Slope, 0, 0 });
        var b = tensor(new[] { 1e-4, 2e-4, -3e-4 });
        return new AutogradObjective([point], () =>
        {
            var (x, y) = (point[0], point.narrow(0, 1, 3));
            return new LossTerm(0.5 * S * x * x + 0.5 * x * x * a.dot(y) + b.dot(y));
        });
    }

    /// <summary>Three iterates at the edge, S = 2/η: x alternates between ±0.01.</summary>
    private static Tensor[] Descend(AutogradObjective objective)
    {
        var points = new List<Tensor> { objective.GetParameters() };
        for (var step = 0; step < 2; step++)
        {
            using var derivatives = objective.Evaluate(curvature: false);
            objective.SetParameters(points[^1] - Eta * derivatives.Gradient);
            points.Add(objective.GetParameters());
        }

        return [.. points];
    }
}
