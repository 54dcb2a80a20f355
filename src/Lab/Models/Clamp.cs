using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>hardtanh; TorchSharp 0.107.0's own returns a tensor that is disposed already.</summary>
internal sealed class Clamp() : nn.Module<Tensor, Tensor>(nameof(Clamp))
{
    public override Tensor forward(Tensor input) => input.clamp(Scalar(-1), Scalar(1));
}
