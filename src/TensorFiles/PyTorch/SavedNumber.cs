using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>Numbers, which optimizers save as numbers or, for the GPU, as tensors of one element.</summary>
internal static class SavedNumber
{
    /// <summary>The number that a value of a file is; null where it is none.</summary>
    public static double? Of(object? value) => value switch
    {
        double number => number,
        long number => number,
        Tensor { IsInvalid: false } t when t.numel() == 1 && !TensorType.Of(t.dtype).IsComplex => Element(t),
        _ => null,
    };

    /// <summary>The whole number from 0 on that a value of a file is; null where it is none.</summary>
    public static long? Count(object? value) => Of(value) is >= 0 and < 1L << 53 and var number && double.IsInteger(number) ? (long)number : null;

    private static double Element(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).item<double>();
    }
}
