using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Flows;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Lab.Training;

/// <summary>The objective of an experiment where it starts, with its mini-batches: all that can be refused before there is a run folder.</summary>
internal sealed class StartingPoint : IDisposable
{
    private StartingPoint(Experiment experiment, IObjective objective, MiniBatches? batches, Collective world) =>
        (Experiment, Objective, Batches, World) = (experiment, objective, batches, world);

    public Experiment Experiment { get; }

    public IObjective Objective { get; }

    public MiniBatches? Batches { get; }

    /// <summary>The ranks that share the examples.</summary>
    public Collective World { get; }

    /// <summary>The flow that takes the place of the optimizer; null where there is none. The run that takes it disposes it.</summary>
    public FlowDescent? Flow { get; private init; }

    /// <summary>Creates them.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="start">The experiment whose initial parameters are taken.</param>
    /// <param name="world">The ranks.</param>
    /// <exception cref="InputException">The settings do not go together, or the data are not what they should be.</exception>
    /// <exception cref="Monitors.Native.NativeTorchException">libtorch or the device is not there.</exception>
    public static StartingPoint Of(Experiment experiment, Experiment start, Collective world)
    {
        FlowRefusal.Check(experiment);
        if (experiment.Flow is not null && world.Size > 1)
        {
            throw new InputException("flow: a flow runs in one process, without --ranks");
        }

        var objective = ExperimentRunner.Prepare(start, world);
        MiniBatches? batches = null;
        try
        {
            batches = experiment.CreateBatches(objective);
            using var optimizer = experiment.Optimizer.Create(objective); // groups that do not fit
            experiment.CreateMonitor(objective, batches, optimizer).Dispose(); // layers that do not fit
            return new StartingPoint(experiment, objective, batches, world)
            {
                Flow = experiment.Flow is null ? null : new FlowDescent(experiment, () => ExperimentRunner.Prepare(start)),
            };
        }
        catch
        {
            batches?.Dispose();
            objective.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Batches?.Dispose();
        Objective.Dispose();
    }
}
