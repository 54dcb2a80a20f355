using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Puts features on a common scale: columns of [n, features], channels of [n, channels, height, width].</summary>
internal static class Features
{
    /// <summary>Mean 0 and variance 1 in every feature; one that is constant becomes 0.</summary>
    public static Tensor Standardize(Tensor inputs)
    {
        var dimensions = AllButFeatures(inputs);
        var centred = inputs - inputs.mean(dimensions, keepdim: true);
        return centred / OrOne(centred.Squared().mean(dimensions, keepdim: true).sqrt(), inputs);
    }

    /// <summary>Every feature from 0 to 1; one that is constant becomes 0.</summary>
    public static Tensor Scale(Tensor inputs)
    {
        var dimensions = AllButFeatures(inputs);
        var lowest = inputs.amin(dimensions, keepdim: true);
        return (inputs - lowest) / OrOne(inputs.amax(dimensions, keepdim: true) - lowest, inputs);
    }

    // Centring leaves only rounding errors of a constant feature; dividing by their size would turn them into numbers like 1.
    private static Tensor OrOne(Tensor divisor, Tensor inputs)
    {
        var dimensions = AllButFeatures(inputs);
        return where(inputs.amax(dimensions, keepdim: true) > inputs.amin(dimensions, keepdim: true), divisor, ones_like(divisor));
    }

    private static long[] AllButFeatures(Tensor inputs) => [.. Enumerable.Range(0, (int)inputs.dim()).Where(d => d != 1)];
}

/// <summary>What is done to the inputs before training, over the examples that are used.</summary>
internal enum Normalization
{
    None,
    Scale,
    Standardize,
}
