using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>The training loop: look at θ_t and the update that is about to be made, decide whether to stop, update.</summary>
internal sealed class Trainer(IObjective objective, IOptimizer optimizer, SharpnessMonitor monitor, StopRules stop)
{
    /// <summary>Trains until a stop rule holds or <paramref name="cancellation"/> is asked for. The last iterate is measured too.</summary>
    /// <param name="from">The step at which the objective stands.</param>
    /// <param name="every">Steps between checkpoints.</param>
    /// <param name="checkpoint">Told the step that comes next, when its iterate has been reached; before anything of the end is recorded.</param>
    /// <param name="cancellation">Ends the run at the next iterate.</param>
    public RunOutcome Run(long from, int every, Action<long> checkpoint, CancellationToken cancellation)
    {
        for (var step = from; ; step++)
        {
            using var scope = NewDisposeScope();
            using var expansion = objective.Expand(monitor.Measures(step));
            var update = optimizer.Next(step, objective.Point(), expansion.Gradient);
            monitor.Edge = update.Edge;
            var seen = monitor.Observe(step, expansion);
            var reason = stop.Check(seen, monitor.Diverged) ?? (cancellation.IsCancellationRequested ? RunOutcome.Interrupted : null);
            if (reason is not RunOutcome.Diverged)
            {
                objective.MoveTo(update.Point);
                if (reason is not null || (step + 1) % every == 0)
                {
                    checkpoint(step + 1);
                }
            }

            if (reason is not null)
            {
                monitor.Finish();
                return reason.Value;
            }
        }
    }
}
