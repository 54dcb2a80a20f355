using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>m ← βm + g, θ ← θ − ηm, or with Nesterov's look ahead θ ← θ − η(g + βm): torch.optim.SGD with momentum and no dampening.</summary>
internal sealed class Momentum(MomentumSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var momentum = Remembered("momentum", gradient).mul_(Scalar(settings.Beta)).add_(gradient);
        return (settings.Nesterov ? gradient.add(momentum, alpha: Scalar(settings.Beta)) : momentum, null);
    }
}
