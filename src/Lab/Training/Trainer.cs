using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>The training loop: look at θ_t and the update that is about to be made, decide whether to stop, update.</summary>
internal sealed class Trainer(IObjective objective, IOptimizer optimizer, SharpnessMonitor monitor, StopRules stop)
{
    /// <summary>Trains until a stop rule holds or <paramref name="cancellation"/> is asked for. The last iterate is measured too.</summary>
    public RunOutcome Run(CancellationToken cancellation)
    {
        for (long step = 0; ; step++)
        {
            using var scope = NewDisposeScope();
            using var expansion = objective.Expand(monitor.Measures(step));
            var update = optimizer.Next(step, objective.Point(), expansion.Gradient);
            monitor.Edge = update.Edge;
            var seen = monitor.Observe(step, expansion);
            var reason = stop.Check(seen, monitor.Diverged) ?? (cancellation.IsCancellationRequested ? RunOutcome.Interrupted : null);
            if (reason is not null)
            {
                monitor.Finish();
                return reason.Value;
            }

            objective.MoveTo(update.Point);
        }
    }
}
