using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>The training loop: look at θ_t, decide whether to stop, update.</summary>
internal sealed class Trainer(IObjective objective, IOptimizer optimizer, SharpnessMonitor monitor, StopRules stop)
{
    /// <summary>Trains until a stop rule holds or <paramref name="cancellation"/> is asked for. The last iterate is measured too.</summary>
    public RunOutcome Run(CancellationToken cancellation)
    {
        for (long step = 0; ; step++)
        {
            using var scope = NewDisposeScope();
            monitor.Threshold = optimizer.Threshold;
            using var expansion = objective.Expand(monitor.Measures(step));
            var seen = monitor.Observe(step, expansion);
            var reason = stop.Check(seen, monitor.Diverged) ?? (cancellation.IsCancellationRequested ? RunOutcome.Interrupted : null);
            if (reason is not null)
            {
                monitor.Finish();
                return reason.Value;
            }

            objective.MoveTo(optimizer.Next(objective.Point(), expansion.Gradient));
        }
    }
}
