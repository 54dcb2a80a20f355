using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>φ of one layer, with its derivatives where autograd has them too: at a kink, those of the side that autograd takes.</summary>
/// <param name="Module">φ.</param>
/// <param name="Slope">φ′ from z and a = φ(z).</param>
/// <param name="Bend">φ″ from z, a and φ′; null where it is zero.</param>
internal sealed record Activation(nn.Module<Tensor, Tensor> Module, Func<Tensor, Tensor, Tensor> Slope, Func<Tensor, Tensor, Tensor, Tensor>? Bend)
{
    /// <summary>The activation that <paramref name="module"/> is, or null where its derivatives are not written down here.</summary>
    public static Activation? Read(nn.Module module) => module switch
    {
        Tanh tanh => new(tanh, (_, a) => Scalar(1) - a.square(), (_, a, slope) => a * slope * Scalar(-2)),
        Sigmoid sigmoid => new(sigmoid, (_, a) => a * (Scalar(1) - a), (_, a, slope) => slope * (Scalar(1) - Scalar(2) * a)),
        ReLU relu => new(relu, (z, _) => (z > Scalar(0)).to(z.dtype), null),
        ELU { alpha: 1 } elu => new(elu, (_, a) => a.clamp_max(Scalar(0)) + Scalar(1), (z, _, slope) => where(z > Scalar(0), 0, slope)),
        SiLU silu => new(
            silu,
            (z, a) => z.sigmoid() * (Scalar(1) + z - a),
            (z, a, slope) => z.sigmoid() * ((Scalar(1) - z.sigmoid()) * (Scalar(1) + z - a) + Scalar(1) - slope)),
        // Past its threshold softplus is the identity.
        Softplus { beta: 1, threshold: 20 } softplus =>
            new(softplus, (z, _) => where(z > Scalar(20), 1, z.sigmoid()), (_, _, slope) => slope * (Scalar(1) - slope)),
        GELU { approximate: GELU.Approximate.none } gelu =>
            new(gelu, (z, _) => Cumulative(z) + z * Density(z), (z, _, _) => (Scalar(2) - z.square()) * Density(z)),
        _ => null,
    };

    /// <summary>The standard normal distribution function.</summary>
    private static Tensor Cumulative(Tensor z) => Scalar(0.5) * (Scalar(1) + (z * Scalar(Math.Sqrt(0.5))).erf());

    /// <summary>The standard normal density.</summary>
    private static Tensor Density(Tensor z) => (z.square() * Scalar(-0.5)).exp() / Scalar(Math.Sqrt(2 * Math.PI));
}
