namespace LossSpikes.Lab.Theory;

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
