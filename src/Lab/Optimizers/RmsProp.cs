using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Stability;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>v ← β₂v + (1−β₂)g², θ ← θ − ηg/(√v + ε): torch.optim.RMSprop, neither centred nor with momentum.</summary>
internal sealed class RmsProp(RmsPropSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var second = Remembered("second_moment", gradient).mul_(Scalar(settings.Beta2)).addcmul_(gradient, gradient, Scalar(1 - settings.Beta2));
        var preconditioner = Preconditioner.RmsProp(second, settings.Epsilon);
        return (gradient / preconditioner, preconditioner);
    }
}
