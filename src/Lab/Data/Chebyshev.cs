using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>A Chebyshev polynomial of the first kind on a grid: T₀ = 1, T₁ = x, T_{k+1} = 2x T_k − T_{k−1}.</summary>
[Description("The Chebyshev polynomial T_degree on points evenly spaced from -1 to 1, both ends included: a regression with one input.")]
internal sealed record ChebyshevSettings : DataSettings
{
    [Description("The degree of the polynomial: it has that many zeros between -1 and 1.")]
    [Range(0, 1000)]
    public required int Degree { get; init; }

    [Description("How many points there are.")]
    [Range(2, 1_000_000)]
    public required int Points { get; init; }

    protected override DataSet Make()
    {
        var x = linspace(-1, 1, Points, ScalarType.Float64).unsqueeze(1);
        var (value, next) = (ones_like(x), x);
        for (var k = 0; k < Degree; k++)
        {
            (value, next) = (next, (Scalar(2) * x * next) - value);
        }

        // T₁ is the tensor of the inputs itself.
        return new DataSet(x, value.clone());
    }
}
