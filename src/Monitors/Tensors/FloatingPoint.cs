using static TorchSharp.torch;

namespace LossSpikes.Monitors.Tensors;

/// <summary>Names and spacings of the floating-point types.</summary>
public static class FloatingPoint
{
    /// <summary>ε, the distance from 1 to the next larger number of the type.</summary>
    public static double Epsilon(ScalarType type) => Math.Pow(2, type switch
    {
        ScalarType.Float64 => -52,
        ScalarType.Float16 => -10,
        ScalarType.BFloat16 => -7,
        _ => -23,
    });

    /// <summary>The name in records and files: <c>float32</c>, <c>float64</c>.</summary>
    public static string Name(ScalarType type) => type.ToString().ToLowerInvariant();
}
