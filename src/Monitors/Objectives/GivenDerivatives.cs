using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>A loss and its gradient that somebody else has computed.</summary>
/// <param name="loss">f(θ).</param>
/// <param name="gradient">g, shape [d]; taken over.</param>
internal sealed class GivenDerivatives(double loss, Tensor gradient) : IDerivatives
{
    public double Loss => loss;

    public double? Accuracy => null;

    public Tensor Gradient => gradient;

    public Tensor Hvp(Tensor vectors) => throw WithoutCurvature();

    public Tensor SharpnessGradient(Tensor direction) => throw WithoutCurvature();

    public void Dispose() => gradient.Dispose();

    private static InvalidOperationException WithoutCurvature() => new("these derivatives were given without curvature");
}
