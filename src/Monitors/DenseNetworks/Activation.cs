using TorchSharp.Modules;
using static LossSpikes.Monitors.Numbers.HeldNumber;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.DenseNetworks;

/// <summary>φ of one layer, with its derivatives where autograd has them too: at a kink, those of the side that autograd takes.</summary>
/// <param name="Module">φ.</param>
/// <param name="Slope">φ′ from z and a = φ(z).</param>
/// <param name="Bend">φ″ from z, a and φ′; null where it is zero.</param>
internal sealed record Activation(nn.Module<Tensor, Tensor> Module, Func<Tensor, Tensor, Tensor> Slope, Func<Tensor, Tensor, Tensor, Tensor>? Bend)
{
    /// <summary>The activation that <paramref name="module"/> is, or null where its derivatives are not written down here.</summary>
    public static Activation? Read(nn.Module module) => module switch
    {
        Tanh tanh => new(tanh, (_, a) => Held(1) - a.square(), (_, a, slope) => a * slope * Held(-2)),
        Sigmoid sigmoid => new(sigmoid, (_, a) => a * (Held(1) - a), (_, a, slope) => slope * (Held(1) - Held(2) * a)),
        ReLU relu => new(relu, (z, _) => (z > Held(0)).to(z.dtype), null),
        ELU { alpha: 1 } elu => new(elu, (_, a) => a.clamp_max(Held(0)) + Held(1), (z, _, slope) => where(z > Held(0), 0, slope)),
        SiLU silu => new(silu, (z, a) => z.sigmoid() * (Held(1) + z - a), (z, a, slope) => z.sigmoid() * ((Held(1) - z.sigmoid()) * (Held(1) + z - a) + Held(1) - slope)),
        // Past its threshold softplus is the identity.
        Softplus { beta: 1, threshold: 20 } softplus => new(softplus, (z, _) => where(z > Held(20), 1, z.sigmoid()), (_, _, slope) => slope * (Held(1) - slope)),
        GELU { approximate: GELU.Approximate.none } gelu => new(gelu, (z, _) => Cumulative(z) + z * Density(z), (z, _, _) => (Held(2) - z.square()) * Density(z)),
        _ => null,
    };

    /// <summary>The standard normal distribution function.</summary>
    private static Tensor Cumulative(Tensor z) => Held(0.5) * (Held(1) + (z * Held(Math.Sqrt(0.5))).erf());

    /// <summary>The standard normal density.</summary>
    private static Tensor Density(Tensor z) => (z.square() * Held(-0.5)).exp() / Held(Math.Sqrt(2 * Math.PI));
}
