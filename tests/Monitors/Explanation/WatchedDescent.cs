using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Explanation;

/// <summary>Gradient descent by hand under a monitor with explanations; its measurements and events are kept.</summary>
internal static class WatchedDescent
{
    public static Recorder Of(IObjective objective, double learningRate, int steps, MonitorOptions? options = null, Action<int>? before = null)
    {
        var kept = new Recorder();
        using var monitor = new CurvatureMonitor(objective, options ?? new MonitorOptions { Explain = true }, kept);
        for (var step = 0; step <= steps && !monitor.Diverged; step++)
        {
            using var scope = NewDisposeScope();
            before?.Invoke(step);
            using var derivatives = objective.Evaluate(monitor.Measures(step));
            monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(learningRate));
            objective.SetParameters(objective.GetParameters() - learningRate * derivatives.Gradient);
        }

        monitor.Finish();
        return kept;
    }
}
