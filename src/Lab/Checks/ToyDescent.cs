using LossSpikes.Monitors.Detection;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Records;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Stability;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>Gradient descent on an objective with its monitor, every measurement kept: for checks of a few hundred steps.</summary>
internal static class ToyDescent
{
    /// <summary>Walks from where the objective stands, until all steps are made or the loss has diverged.</summary>
    public static IReadOnlyList<Measurement> Walk(IObjective objective, double learningRate, int steps) => Walk(objective, _ => learningRate, steps);

    /// <summary>The same with a learning rate that depends on the step.</summary>
    public static IReadOnlyList<Measurement> Walk(IObjective objective, Func<int, double> learningRate, int steps)
    {
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Eigenvalues = 1, Spikes = new SpikeRules { DivergenceFactor = 1e8 } });
        var seen = new List<Measurement>();
        for (var step = 0; step <= steps && !monitor.Diverged; step++)
        {
            using var scope = NewDisposeScope();
            using var derivatives = objective.Evaluate(curvature: true);
            seen.Add(monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(learningRate(step))));
            objective.SetParameters(objective.GetParameters() - Scalar(learningRate(step)) * derivatives.Gradient);
        }

        return seen;
    }
}
