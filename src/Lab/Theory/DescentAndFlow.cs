using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Stability;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Theory;

/// <summary>
/// Gradient descent beside gradient flow from the same point, at equal times t·η: together until the sharpness reaches 2/η, apart
/// after (Cohen 2021, arXiv 2103.00065, section 3.1). Distances are exact.
/// </summary>
internal static class DescentAndFlow
{
    /// <summary>Walks both and measures them at every step. Cost per step: about 7 HVPs and 2 gradients, and 4 gradients per step of the flow.</summary>
    /// <param name="descent">Moved by gradient descent.</param>
    /// <param name="flow">The same objective once more, moved along the flow; it is put where <paramref name="descent"/> stands.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="steps">How many steps.</param>
    public static DescentAndFlowTrace Walk(IObjective descent, IObjective flow, double learningRate, int steps)
    {
        using var scope = NewDisposeScope();
        var start = descent.GetParameters();
        flow.SetParameters(start);
        var trace = new DescentAndFlowTrace(learningRate, new double[steps + 1], new double[steps + 1], new double[steps + 1], new double[steps + 1]);
        var edge = new StabilityEdge(StabilityThreshold.GradientDescent(learningRate));
        using var monitor = new CurvatureMonitor(descent, new MonitorOptions { Eigenvalues = 1 });
        using var follower = new GradientFlow(flow);
        for (var step = 0; step <= steps; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = descent.Evaluate(curvature: true);
            trace.DescentSharpness[step] = monitor.Observe(step, derivatives, edge).Sharpness ?? double.NaN;
            trace.Distance[step] = Length(descent.GetParameters() - flow.GetParameters());
            trace.Travelled[step] = Length(flow.GetParameters() - start);
            follower.Advance(learningRate);
            trace.FlowSharpness[step] = follower.Sharpness;
            descent.SetParameters(descent.GetParameters() - Scalar(learningRate) * derivatives.Gradient);
        }

        return trace;
    }

    private static double Length(Tensor vector) => vector.to(ScalarType.Float64).norm().item<double>();
}
