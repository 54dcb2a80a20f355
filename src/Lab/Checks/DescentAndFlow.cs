using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Flows;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// Gradient descent and gradient flow from the same point, at equal times t·η: together until the sharpness reaches 2/η, apart
/// after (Cohen 2021, arXiv 2103.00065, section 3.1). Distances are exact.
/// </summary>
internal static class DescentAndFlow
{
    /// <summary>Follows both and measures them at every step. Cost per step: about 7 HVPs and 2 gradients, and 4 gradients per step of the flow.</summary>
    /// <param name="descent">Moved by gradient descent.</param>
    /// <param name="flow">The same objective once more, moved along the flow; it is placed where <paramref name="descent"/> stands.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="steps">How many steps.</param>
    public static DescentAndFlowTrace Walk(IObjective descent, IObjective flow, double learningRate, int steps)
    {
        using var scope = NewDisposeScope();
        flow.SetParameters(descent.GetParameters());
        using var follower = new Follower(descent, flow, learningRate);
        var along = ShortTraining.Run(descent, new GradientDescentSettings { LearningRate = learningRate }, steps, follower);
        return new DescentAndFlowTrace(
            learningRate, [.. follower.Distance], [.. follower.Travelled], [.. along.Select(m => m.Sharpness ?? double.NaN)], [.. follower.FlowSharpness]);
    }

    /// <summary>Advances the flow at every step of the descent.</summary>
    private sealed class Follower(IObjective descent, IObjective flow, double learningRate) : IMonitorSink, IDisposable
    {
        private readonly GradientFlow _flow = new(flow, learningRate);
        private readonly Tensor _start = flow.GetParameters().DetachFromDisposeScope();

        public List<double> Distance { get; } = [];

        public List<double> Travelled { get; } = [];

        public List<double> FlowSharpness { get; } = [];

        public void Record(Measurement measurement)
        {
            using var scope = NewDisposeScope();
            Distance.Add(Length(descent.GetParameters() - flow.GetParameters()));
            Travelled.Add(Length(flow.GetParameters() - _start));
            _flow.Advance();
            FlowSharpness.Add(_flow.Sharpness);
        }

        public void Dispose()
        {
            _flow.Dispose();
            _start.Dispose();
        }

        private static double Length(Tensor vector) => vector.to(ScalarType.Float64).norm().item<double>();
    }
}

/// <summary>Gradient descent and gradient flow, step by step at times t·η.</summary>
/// <param name="LearningRate">η.</param>
/// <param name="Distance">|θ_descent − θ_flow|.</param>
/// <param name="Travelled">|θ_flow − θ_0|.</param>
/// <param name="DescentSharpness">S along descent.</param>
/// <param name="FlowSharpness">S along the flow.</param>
internal sealed record DescentAndFlowTrace(double LearningRate, double[] Distance, double[] Travelled, double[] DescentSharpness, double[] FlowSharpness)
{
    /// <summary>The first step at which the sharpness of descent is above 2/η, or null.</summary>
    public int? FirstCrossing => Array.FindIndex(DescentSharpness, s => s > 2 / LearningRate) is >= 0 and var step ? step : null;
}
