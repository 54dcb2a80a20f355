using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Checks;

public sealed class SharpnessGradientOfNetworksTests
{
    public static TheoryData<string> Losses => ["mse", "cross_entropy"];

    /// <summary>Component by component, by λ₁ of the dense Hessian at displaced parameters, which needs no third derivatives.</summary>
    [Theory, MemberData(nameof(Losses))]
    public void The_sharpness_gradient_is_the_central_difference_of_the_largest_eigenvalue(string loss)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(loss == "mse" ? new SquaredError() : new CrossEntropy());
        using var objective = network.Objective();
        var point = objective.GetParameters();
        using var derivatives = objective.Evaluate(curvature: true);
        var slope = derivatives.SharpnessGradient(DenseEigen.Largest(new HessianOperator(derivatives), 1).Vectors[0]);

        const double H = 1e-5;
        var expected = zeros_like(slope);
        for (var i = 0; i < objective.Dimension; i++)
        {
            expected[i] = (Sharpness(i, H) - Sharpness(i, -H)) / (2 * H);
        }

        TensorAssert.AssertClose(slope, expected, 1e-7);

        double Sharpness(int parameter, double distance)
        {
            using var inner = NewDisposeScope();
            var displaced = point.clone();
            displaced[parameter] += distance;
            objective.SetParameters(displaced);
            using var there = objective.Evaluate(curvature: true);
            return linalg.eigvalsh(DenseMatrix.Of(new HessianOperator(there)))[^1].item<double>();
        }
    }
}
