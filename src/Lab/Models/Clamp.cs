using static LossSpikes.Monitors.Numbers.HeldNumber;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>hardtanh; TorchSharp 0.107.0's own returns a tensor that is disposed already.</summary>
internal sealed class Clamp() : nn.Module<Tensor, Tensor>(nameof(Clamp))
{
    public override Tensor forward(Tensor input) => input.clamp(Held(-1), Held(1));
}
