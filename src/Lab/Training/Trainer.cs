using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>The training loop, one step at a time: measure θ_t and the update about to be made, decide whether to stop, update.</summary>
/// <param name="objective">The objective.</param>
/// <param name="optimizer">The update rule.</param>
/// <param name="monitor">The monitor.</param>
/// <param name="stop">When the run ends.</param>
/// <param name="batches">The mini-batches that the optimizer sees; null where it sees all examples.</param>
internal sealed class Trainer(
    IObjective objective, IOptimizer optimizer, CurvatureMonitor monitor, StopRules stop, MiniBatches? batches = null)
{
    /// <summary>The step that comes next; to begin with, the one at which the objective stands.</summary>
    public long Step { get; set; }

    /// <summary>Steps between checkpoints.</summary>
    public int Every { get; init; } = int.MaxValue;

    /// <summary>Receives the next step when its iterate has been reached, before the end of the run is recorded.</summary>
    public Action<long> Checkpoint { get; init; } = _ => { };

    /// <summary>The ranks that make the same steps: they stop at the same one.</summary>
    public Collective World { get; init; } = new SingleProcess();

    /// <summary>The update rule; it may be replaced between two steps.</summary>
    public IOptimizer Optimizer { get; set; } = optimizer;

    /// <summary>Trains until a stop rule holds or <paramref name="cancellation"/> is asked for.</summary>
    public RunOutcome Run(CancellationToken cancellation)
    {
        while (true)
        {
            if (Advance(cancellation) is { } outcome)
            {
                return outcome;
            }
        }
    }

    /// <summary>Makes one step. The last iterate is measured too.</summary>
    /// <param name="cancellation">Makes this step the last.</param>
    /// <returns>Why the run has ended, or null while it continues.</returns>
    public RunOutcome? Advance(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (update, seen) = batches is null ? Observe() : Observe(batches);
        var reason = stop.Check(seen, monitor.Diverged) ?? (World.Any(cancellation.IsCancellationRequested) ? RunOutcome.Interrupted : null);
        Step++;
        if (reason is not RunOutcome.Diverged)
        {
            objective.SetParameters(update.Point);
            PointCheck.Require(Step, update.Point, World);
            if (reason is not null || Step % Every == 0)
            {
                Checkpoint(Step);
            }
        }

        if (reason is not null)
        {
            monitor.Finish();
        }

        return reason;
    }

    private (Update, Measurement) Observe()
    {
        using var derivatives = objective.Evaluate(monitor.Measures(Step));
        var point = objective.GetParameters();
        var update = Optimizer.Next(Step, point, derivatives.Gradient);
        return (update, monitor.Observe(Step, derivatives, update.Edge, update.Point - point));
    }

    private (Update, Measurement) Observe(MiniBatches from)
    {
        var examples = from.Sampler.At(Step);
        using var batch = from.Whole.Over(examples);
        using var derivatives = batch.Evaluate(curvature: false);
        var point = objective.GetParameters();
        var update = Optimizer.Next(Step, point, derivatives.Gradient);
        using var measured = monitor.Measures(Step) ? from.Measured.Evaluate(curvature: true) : null;
        var seen = new BatchStep(examples, derivatives.Loss, derivatives.Gradient);
        return (update, monitor.Observe(Step, measured, update.Edge, update.Point - point, seen));
    }
}
