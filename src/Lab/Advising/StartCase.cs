using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Advising;

/// <summary>A run that has not begun, as a case.</summary>
internal static class StartCase
{
    /// <summary>The run at its start.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="objective">Its objective at the start; the case takes it over.</param>
    public static TrainingCase Of(Experiment experiment, IObjective objective) => new(experiment, objective, Moment(objective, 0, OptimizerState.Empty))
    {
        Create = precision => ExperimentRunner.Prepare(experiment with { Dtype = precision }),
        IsStart = true,
    };

    /// <summary>The run after some updates.</summary>
    /// <param name="start">The run at its start; its objective is moved.</param>
    /// <param name="updates">How many.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The moment; null where the loss diverged before.</returns>
    public static Snapshot? After(TrainingCase start, int updates, CancellationToken cancellation)
    {
        start.GoTo(start.Before);
        using var batches = start.CreateBatches();
        using var optimizer = start.Experiment.Optimizer.Create(start.Objective);
        for (var step = 0; step < updates; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = batches?.Whole.Over(batches.Sampler.At(step));
            using var derivatives = (batch ?? start.Objective).Evaluate(curvature: false);
            if (!double.IsFinite(derivatives.Loss))
            {
                return null;
            }

            start.Objective.SetParameters(optimizer.Next(step, start.Objective.GetParameters(), derivatives.Gradient).Point);
        }

        return Moment(start.Objective, updates, optimizer.State);
    }

    private static Snapshot Moment(IObjective objective, long step, OptimizerState state)
    {
        using var scope = NewDisposeScope();
        return new Snapshot(
            step,
            objective.GetParameters().DetachFromDisposeScope(),
            objective.Buffers.ToDictionary(b => b.Key, b => b.Value.clone().DetachFromDisposeScope()),
            state.Map(tensor => tensor.clone().DetachFromDisposeScope()));
    }
}
