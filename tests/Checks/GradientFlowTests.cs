using LossSpikes.Monitors.Flows;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Checks;

public sealed class GradientFlowTests
{
    [Fact]
    public void On_a_quadratic_each_component_decays_exponentially()
    {
        using var scope = NewDisposeScope();
        double[] eigenvalues = [0.5, 2, 9];
        var x = nn.Parameter(tensor([1.0, -2, 3]));
        using var flow = new GradientFlow(new AutogradObjective([x], () => new LossTerm(0.5 * (tensor(eigenvalues) * x.square()).sum())), 1);
        flow.Advance(0.4);
        flow.Advance(0.3);

        var expected = eigenvalues.Zip((double[])[1, -2, 3], (l, start) => start * Math.Exp(-0.7 * l));
        Assert.All(expected.Zip(x.data<double>().ToArray()), e => Assert.Equal(e.First, e.Second, 1e-4));
        Assert.Equal(9, flow.Sharpness, 1e-6);
    }

    [Fact]
    public void Halving_the_time_step_changes_little_on_a_network()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var objective = network.Objective();
        var start = objective.GetParameters();
        using var flow = new GradientFlow(objective, 1);
        flow.Advance(2);
        var coarse = objective.GetParameters();
        objective.SetParameters(start);
        for (var i = 0; i < 40; i++)
        {
            flow.Advance(0.05);
        }

        TensorAssert.AssertClose(coarse - start, objective.GetParameters() - start, 1e-4);
    }
}
