using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// A convolution of images as a matrix product of their patches. The float32 convolution of libtorch
/// 2.10 is wrong on some processors (its oneDNN kernels for AVX2 and AVX-512): by 0.1 in the output for 33 and 70 input channels, by
/// half a percent in the gradient for 4 and 8. This one is right in any dtype and can be differentiated as often as one likes.
/// </summary>
public sealed class Convolution : nn.Module<Tensor, Tensor>
{
    // Named as nn.Conv2d names them, so that a checkpoint of PyTorch fits.
#pragma warning disable IDE1006
    internal readonly Parameter weight, bias;
#pragma warning restore IDE1006

    private readonly long _kernel, _stride, _padding;

    /// <summary>Draws weights and biases as <c>nn.Conv2d</c> does.</summary>
    /// <param name="inputs">Channels of the images that come in.</param>
    /// <param name="outputs">Channels of those that go out.</param>
    /// <param name="kernel">Height and width of the kernel in pixels.</param>
    /// <param name="stride">By how many pixels it moves.</param>
    /// <param name="padding">Pixels of zeros around the image.</param>
    /// <param name="type">The dtype of the parameters.</param>
    /// <param name="device">Where they live.</param>
    public Convolution(long inputs, long outputs, long kernel, long stride, long padding, ScalarType type, Device device) : base(nameof(Convolution))
    {
        (_kernel, _stride, _padding) = (kernel, stride, padding);
        using var initial = nn.Conv2d(inputs, outputs, kernel, device: device, dtype: type);
        weight = nn.Parameter(initial.weight!.detach().clone());
        bias = nn.Parameter(initial.bias!.detach().clone());
        RegisterComponents();
        weight.DetachFromDisposeScope();
        bias.DetachFromDisposeScope();
    }

    internal (long Down, long Across) Stride => (_stride, _stride);

    internal (long Rows, long Columns) Padding => (_padding, _padding);

    /// <summary>[n, inputs, h, w] → [n, outputs, h′, w′] with h′ = ⌊(h + 2·padding − kernel)/stride⌋ + 1, w′ likewise.</summary>
    public override Tensor forward(Tensor input)
    {
        // One product for all images: a batch of small ones is several times slower, and its derivatives more so.
        var (n, outputs, height, width) = (input.shape[0], weight.shape[0], Convolved(input.shape[2]), Convolved(input.shape[3]));
        var patches = nn.functional.unfold(input, (_kernel, _kernel), padding: (_padding, _padding), stride: (_stride, _stride));
        var columns = patches.permute(1, 0, 2).reshape(patches.shape[1], -1);
        return weight.reshape(outputs, -1).mm(columns).Plus(bias.reshape(-1, 1)).reshape(outputs, n, height, width).permute(1, 0, 2, 3);

        long Convolved(long size) => (size + 2 * _padding - _kernel) / _stride + 1;
    }
}
