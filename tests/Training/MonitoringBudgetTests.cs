using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Training;

/// <summary>The allowed cost of monitoring in HVPs; <c>lab bench</c> measures times.</summary>
public sealed class MonitoringBudgetTests
{
    [Theory]
    [InlineData(1, 5.5)]
    [InlineData(3, 9.5)]
    public void At_the_edge_of_stability_the_products_per_step_stay_within_the_budget(int count, double budget)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var network = nn.Sequential(nn.Linear(8, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 3));
        using var objective = new FullBatch(network, randn([60, 8]), randn([60, 3]), new SquaredError()).Objective();
        using var optimizer = new GradientDescent(new() { LearningRate = 0.3 });
        var sink = new Recorder();
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Eigenvalues = count }, sink);
        new Trainer(objective, optimizer, monitor, new StopRules(600, new())).Run(CancellationToken.None);

        Assert.Contains(sink.Measurements, m => m.Sharpness > m.Threshold);
        Assert.InRange(sink.Measurements.Average(m => m.HessianProducts), count, budget);
    }
}
