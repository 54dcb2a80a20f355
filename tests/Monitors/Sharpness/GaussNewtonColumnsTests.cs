using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors.Curvature;
using LossSpikes.Tests.Monitors.Hook;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary><c>gauss_newton_i</c> and <c>rest_i</c> of a run, step by step, along the eigenvectors of the dense Hessian.</summary>
public sealed class GaussNewtonColumnsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_columns_of_a_run_are_those_of_the_dense_matrices(bool crossEntropy)
    {
        const double Eta = 0.5;
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(crossEntropy ? new CrossEntropy() : new SquaredError());
        var objective = network.Objective();
        using var monitor = new CurvatureMonitor(
            objective, new MonitorOptions { Eigenvalues = 2, Tolerance = 1e-10, Every = 2, Measurements = [() => new GaussNewtonSplit(2)] });
        for (var step = 0; step < 5; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = objective.Evaluate(monitor.Measures(step));
            var seen = monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(Eta), -Eta * derivatives.Gradient);
            if (step % 2 == 0)
            {
                AssertSplit(network, crossEntropy, seen);
            }
            else
            {
                Assert.Empty(seen.Further);
            }

            objective.SetParameters(objective.GetParameters() - Eta * derivatives.Gradient);
        }
    }

    private static void AssertSplit(SmallNetwork network, bool crossEntropy, Measurement seen)
    {
        var hessian = DenseReference.Hessian([.. network.Module.parameters()], Loss);
        var gauss = DenseGaussNewton.Of(network.Module, network.Inputs, crossEntropy);
        var (values, columns) = linalg.eigh(hessian);
        for (var rank = 1; rank <= 2; rank++)
        {
            var u = columns.select(1, columns.shape[1] - rank);
            var part = u.dot(gauss.mv(u)).item<double>();
            var largest = values[^rank].item<double>();
            Assert.True(Math.Abs(largest - part) > 1e-3, "the rest vanishes here, so that the test could not fail");
            Assert.Equal(part, seen.Further[$"gauss_newton_{rank}"], 1e-6);
            Assert.Equal(largest - part, seen.Further[$"rest_{rank}"], 1e-6);
            Assert.Equal(largest, seen.Eigenvalues[rank - 1], 1e-6);
        }

        Tensor Loss()
        {
            var outputs = network.Module.call(network.Inputs);
            return crossEntropy
                ? -outputs.log_softmax(1).gather(1, network.Targets.unsqueeze(1)).mean()
                : 0.5 * (outputs - network.Targets).square().sum() / outputs.shape[0];
        }
    }
}
