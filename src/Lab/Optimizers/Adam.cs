using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Stability;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>torch.optim.Adam: moving averages m of g and v of g², both corrected for their start at zero, which P takes in.</summary>
internal sealed class Adam(AdamSettings settings) : Descent(settings)
{
    protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
    {
        var first = Remembered("first_moment", gradient).mul_(Scalar(settings.Beta1)).add_(gradient, alpha: Scalar(1 - settings.Beta1));
        var second = Remembered("second_moment", gradient).mul_(Scalar(settings.Beta2)).addcmul_(gradient, gradient, Scalar(1 - settings.Beta2));
        var preconditioner = Preconditioner.Adam(second, step, settings.Beta1, settings.Beta2, settings.Epsilon);
        return (first / preconditioner, preconditioner);
    }
}
