using LossSpikes.Monitors;
using LossSpikes.Monitors.Flows;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Flows;

/// <summary>The flow next to a run: its columns against closed forms, and against the flow alone from the same start.</summary>
public sealed class FlowPredictionTests
{
    private static readonly double[] Curvatures = [0.5, 2, 7];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 1)]
    [InlineData(5, 4)]
    public void Below_the_edge_of_a_quadratic_the_columns_have_closed_forms(int from, int every)
    {
        const double Eta = 0.1;
        using var scope = NewDisposeScope();
        var point = nn.Parameter(tensor([1.0, -2, 0.5]));
        var objective = new AutogradObjective([point], () => new LossTerm(0.5 * (tensor(Curvatures) * point.square()).sum()));
        var seen = Descend(objective, Eta, steps: 20, every, new FlowPrediction(from));

        // Four Euler steps of ηλ/4 against one of ηλ, from the same point at the first measured step.
        var start = every * ((from + every - 1) / every);
        double[] leaves = [.. ((double[])[1, -2, 0.5]).Zip(Curvatures, (w, c) => w * Math.Pow(1 - Eta * c, start))];
        foreach (var row in seen)
        {
            var after = row.Step - start;
            double[] flow = [.. leaves.Zip(Curvatures, (w, c) => w * Math.Pow(1 - Eta * c / 4, 4 * after))];
            double[] run = [.. leaves.Zip(Curvatures, (w, c) => w * Math.Pow(1 - Eta * c, after))];
            if (row.Step < start || row.Step % every != 0)
            {
                Assert.False(row.Further.ContainsKey(FlowColumns.PredictedLoss), $"step {row.Step}");
                continue;
            }

            Assert.Equal(flow.Zip(Curvatures, (w, c) => c * w * w / 2).Sum(), row.Further[FlowColumns.PredictedLoss], 1e-12);
            Assert.Equal(Math.Sqrt(flow.Zip(run, (a, b) => (a - b) * (a - b)).Sum()), row.Further[FlowColumns.Distance], 1e-12);
            Assert.Equal((0, 0), (row.Further[FlowColumns.Trace], row.Further[FlowColumns.Modes]));
        }
    }

    [Fact]
    public void At_the_edge_the_columns_are_those_of_the_flow_alone()
    {
        const double Eta = 0.2;
        using var scope = NewDisposeScope();
        var (along, alone) = (Product(), Product());
        var seen = Descend(along.Objective, Eta, steps: 40, every: 1, new FlowPrediction());
        using var flow = new CentralFlow(alone.Objective, new FlowRule(Eta), new FlowOptions { Modes = 8 });
        double[] run = [2.5, 2.5, 0.1, 0.1];
        var held = 0;
        foreach (var row in seen)
        {
            var here = alone.Point.data<double>().ToArray();
            var step = flow.Advance();
            Assert.Equal((step.PredictedLoss, step.Trace), (row.Further[FlowColumns.PredictedLoss], row.Further[FlowColumns.Trace]));
            Assert.Equal((step.Modes, step.ThirdDerivatives), (row.Further[FlowColumns.Modes], row.Further["third_derivatives"]));
            Assert.Equal(step.Residuals, Enumerable.Range(1, 4).Select(i => row.Further[$"complementarity_{i}"]));
            Assert.Equal(Math.Sqrt(here.Zip(run, (a, b) => (a - b) * (a - b)).Sum()), row.Further[FlowColumns.Distance], 1e-10);

            // The run itself goes on as if nobody had followed a flow from it.
            var product = run.Aggregate(1.0, (p, x) => p * x);
            Assert.Equal(0.5 * (1 - product) * (1 - product), row.Loss, 1e-10);
            run = [.. run.Select(x => x + Eta * (1 - product) * product / x)];
            held += step.Trace > 0 ? 1 : 0;
        }

        Assert.True(held >= 5, $"something oscillated at {held} steps only");
    }

    [Fact]
    public void Under_another_optimizer_nothing_is_measured()
    {
        using var scope = NewDisposeScope();
        var (objective, _) = Product();
        var recorder = new Recorder();
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Measurements = [() => new FlowPrediction()] }, recorder);
        using var derivatives = objective.Evaluate(curvature: true);
        monitor.Observe(0, derivatives, new StabilityEdge(StabilityThreshold.Adam(0.1)) { Preconditioner = ones(4, ScalarType.Float64) });

        Assert.DoesNotContain(FlowColumns.PredictedLoss, Assert.Single(recorder.Measurements).Further.Keys);
        Assert.DoesNotContain(FlowColumns.PredictedLoss, recorder.Schema!.Names);
    }

    /// <summary>½(1 − xyzw)².</summary>
    private static (IObjective Objective, Tensor Point) Product()
    {
        var point = nn.Parameter(tensor([2.5, 2.5, 0.1, 0.1]));
        return (new AutogradObjective([point], () => new LossTerm(0.5 * (1 - point.prod(ScalarType.Float64)).square())), point);
    }

    private static List<Measurement> Descend(IObjective objective, double eta, int steps, int every, FlowPrediction prediction)
    {
        var recorder = new Recorder();
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Every = every, Measurements = [() => prediction] }, recorder);
        for (var step = 0; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            using var derivatives = objective.Evaluate(monitor.Measures(step));
            var update = -eta * derivatives.Gradient;
            monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(eta), update);
            objective.SetParameters(objective.GetParameters() + update);
        }

        return recorder.Measurements;
    }
}
