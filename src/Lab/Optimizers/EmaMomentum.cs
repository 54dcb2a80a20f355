using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>m ← βm + (1−β)g, θ ← θ − ηm: torch.optim.SGD with dampening β, which starts from m = g, undampened.</summary>
internal sealed class EmaMomentum(EmaMomentumSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var first = State.Count == 0;
        return (Remembered("momentum", gradient).mul_(Scalar(settings.Beta)).add_(gradient, alpha: Scalar(first ? 1 : 1 - settings.Beta)), null);
    }
}
