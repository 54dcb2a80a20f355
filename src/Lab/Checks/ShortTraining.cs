using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Lab.Checks;

/// <summary>The trainer without a run folder, every measurement kept: for checks of a few hundred steps.</summary>
internal static class ShortTraining
{
    /// <summary>Trains from where the objective stands, until all steps are made or the loss has diverged.</summary>
    /// <param name="objective">The objective; it stands at the iterate after the last measurement in the end.</param>
    /// <param name="optimizer">The optimizer, with its schedule.</param>
    /// <param name="steps">The last step that is measured.</param>
    /// <param name="sinks">Receive the run too.</param>
    public static IReadOnlyList<Measurement> Run(IObjective objective, OptimizerSettings optimizer, int steps, params IEnumerable<IMonitorSink> sinks) =>
        Run(objective, optimizer, steps, new MonitorOptions { Eigenvalues = 1, Spikes = new SpikeRules { DivergenceFactor = 1e8 } }, sinks);

    /// <summary>The same with other options of the monitor.</summary>
    public static IReadOnlyList<Measurement> Run(
        IObjective objective, OptimizerSettings optimizer, int steps, MonitorOptions options, params IEnumerable<IMonitorSink> sinks)
    {
        var kept = new MeasurementList();
        using var rule = optimizer.Create();
        using var monitor = new CurvatureMonitor(objective, options, [kept, .. sinks]);
        new Trainer(objective, rule, monitor, new StopRules(steps, new StopSettings())).Run(CancellationToken.None);
        return kept.Measurements;
    }

    private sealed class MeasurementList : IMonitorSink
    {
        public List<Measurement> Measurements { get; } = [];

        public void Record(Measurement measurement) => Measurements.Add(measurement);
    }
}
