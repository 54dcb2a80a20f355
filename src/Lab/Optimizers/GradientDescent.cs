using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>θ ← θ − ηg.</summary>
internal sealed class GradientDescent(GradientDescentSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient) => (gradient, null);
}
