using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>The training loop, one step at a time: measure θ_t and the update about to be made, decide whether to stop, update.</summary>
internal sealed class Trainer(IObjective objective, IOptimizer optimizer, CurvatureMonitor monitor, StopRules stop)
{
    /// <summary>The step that comes next; to begin with, the one at which the objective stands.</summary>
    public long Step { get; set; }

    /// <summary>Steps between checkpoints.</summary>
    public int Every { get; init; } = int.MaxValue;

    /// <summary>Receives the next step when its iterate has been reached, before the end of the run is recorded.</summary>
    public Action<long> Checkpoint { get; init; } = _ => { };

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
        using var derivatives = objective.Evaluate(monitor.Measures(Step));
        var update = Optimizer.Next(Step, objective.GetParameters(), derivatives.Gradient);
        var seen = monitor.Observe(Step, derivatives, update.Edge);
        var reason = stop.Check(seen, monitor.Diverged) ?? (cancellation.IsCancellationRequested ? RunOutcome.Interrupted : null);
        Step++;
        if (reason is not RunOutcome.Diverged)
        {
            objective.SetParameters(update.Point);
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
}
