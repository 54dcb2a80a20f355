using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>
/// A 3 × 3 convolution that keeps the size of the image, as a matrix product of its patches. The float32 convolution of libtorch
/// 2.10 is wrong on some processors (its oneDNN kernels for AVX2 and AVX-512): by 0.1 in the output for 33 and 70 input channels, by
/// half a percent in the gradient for 4 and 8. This one is right in any dtype and can be differentiated as often as one likes.
/// </summary>
internal sealed class Convolution : nn.Module<Tensor, Tensor>
{
    private const int Size = 3;

    // Named as nn.Conv2d names them, so that a checkpoint of PyTorch fits.
#pragma warning disable IDE1006
    private readonly Parameter weight, bias;
#pragma warning restore IDE1006

    /// <summary>Draws weights and biases as <c>nn.Conv2d</c> does.</summary>
    public Convolution(long inputs, long outputs, ScalarType type, Device device) : base(nameof(Convolution))
    {
        using var initial = nn.Conv2d(inputs, outputs, Size, padding: Size / 2, device: device, dtype: type);
        weight = nn.Parameter(initial.weight!.detach().clone());
        bias = nn.Parameter(initial.bias!.detach().clone());
        RegisterComponents();
        weight.DetachFromDisposeScope();
        bias.DetachFromDisposeScope();
    }

    /// <summary>[n, inputs, h, w] → [n, outputs, h, w].</summary>
    public override Tensor forward(Tensor input)
    {
        // One product for all images: a batch of small ones is several times slower, and its derivatives more so.
        var (n, outputs, height, width) = (input.shape[0], weight.shape[0], input.shape[2], input.shape[3]);
        var patches = nn.functional.unfold(input, (Size, Size), padding: (Size / 2, Size / 2));
        var columns = patches.permute(1, 0, 2).reshape(patches.shape[1], -1);
        return weight.reshape(outputs, -1).mm(columns).Plus(bias.reshape(-1, 1)).reshape(outputs, n, height, width).permute(1, 0, 2, 3);
    }
}
