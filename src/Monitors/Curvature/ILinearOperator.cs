using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>A symmetric d×d matrix that is known only by its products with vectors.</summary>
public interface ILinearOperator
{
    /// <summary>d.</summary>
    long Dimension { get; }

    /// <summary>The floating-point type of the vectors.</summary>
    ScalarType DataType { get; }

    /// <summary>Where the vectors live.</summary>
    Device Device { get; }

    /// <summary>A·v for every row v of <paramref name="vectors"/>, shape [m, d]; the result has the same shape. Cost: m products (HVPs).</summary>
    Tensor Apply(Tensor vectors);
}
