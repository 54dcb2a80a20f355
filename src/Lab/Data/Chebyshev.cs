using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Chebyshev polynomials of the first kind: T₀ = 1, T₁ = x, T_{k+1} = 2x T_k − T_{k−1}.</summary>
internal static class Chebyshev
{
    /// <summary>The polynomial on its grid.</summary>
    public static DataSet Make(ChebyshevSettings settings)
    {
        var x = linspace(-1, 1, settings.Points, ScalarType.Float64).unsqueeze(1);
        var (value, next) = (ones_like(x), x);
        for (var k = 0; k < settings.Degree; k++)
        {
            (value, next) = (next, (Scalar(2) * x * next) - value);
        }

        // T₁ is the tensor of the inputs itself.
        return new DataSet(x, value.clone());
    }
}
