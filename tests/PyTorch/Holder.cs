using static TorchSharp.torch;

namespace LossSpikes.Tests.PyTorch;

/// <summary>A module that holds tensors under names, and does nothing.</summary>
internal sealed class Holder : nn.Module
{
    public Holder(params IEnumerable<(string Name, Tensor Tensor)> tensors)
        : base("holder")
    {
        foreach (var (name, tensor) in tensors)
        {
            register_buffer(name, tensor);
        }
    }

    /// <summary>The bytes of a tensor, in row-major order.</summary>
    public string Bits(string name) => Convert.ToHexString(state_dict()[name].contiguous().bytes);
}
