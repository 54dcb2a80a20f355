using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>φ of one layer, with its derivatives where autograd has them too: at a kink, those of the side that autograd takes.</summary>
/// <param name="Value">φ(z).</param>
/// <param name="Slope">φ′ from z and a = φ(z).</param>
/// <param name="Bend">φ″ from z, a and φ′; null where it is zero.</param>
internal sealed record Activation(Func<Tensor, Tensor> Value, Func<Tensor, Tensor, Tensor> Slope, Func<Tensor, Tensor, Tensor, Tensor>? Bend)
{
    /// <summary>The activation that <paramref name="module"/> is, or null where its derivatives are not written down here.</summary>
    public static Activation? Read(nn.Module module) => module switch
    {
        Tanh => new(z => z.tanh(), (_, a) => a.Squared().neg_().add_(Scalar(1), alpha: Scalar(1)), (_, a, slope) => (a * slope).mul_(Scalar(-2))),
        Sigmoid => new(z => z.sigmoid(), (_, a) => a * Scalar(1).Minus(a), (_, a, slope) => slope * Scalar(1).Minus(Scalar(2) * a)),
        ReLU => new(z => z.relu(), (z, _) => (z > Scalar(0)).to(z.dtype), null),
        ELU { alpha: 1 } => new(
            z => z.elu(Scalar(1), Scalar(1), Scalar(1)), // the module makes its numbers inside
            (_, a) => a.clamp_max(Scalar(0)).Plus(Scalar(1)),
            (z, _, slope) => where(z > Scalar(0), 0, slope)),
        SiLU => new(
            z => z.silu(),
            (z, a) => z.sigmoid() * (z.Plus(Scalar(1)) - a),
            (z, a, slope) => z.sigmoid() * ((Scalar(1).Minus(z.sigmoid()) * (z.Plus(Scalar(1)) - a)).Plus(Scalar(1)) - slope)),
        // Past its threshold softplus is the identity.
        Softplus { beta: 1, threshold: 20 } softplus =>
            new(softplus.call, (z, _) => where(z > Scalar(20), 1, z.sigmoid()), (_, _, slope) => slope * Scalar(1).Minus(slope)),
        GELU { approximate: GELU.Approximate.none } gelu =>
            new(gelu.call, (z, _) => Cumulative(z).Plus(z * Density(z)), (z, _, _) => Scalar(2).Minus(z.Squared()) * Density(z)),
        _ => null,
    };

    /// <summary>The standard normal distribution function.</summary>
    private static Tensor Cumulative(Tensor z) => Scalar(0.5) * (z * Scalar(Math.Sqrt(0.5))).erf().Plus(Scalar(1));

    /// <summary>The standard normal density.</summary>
    private static Tensor Density(Tensor z) => (z.Squared() * Scalar(-0.5)).exp() / Scalar(Math.Sqrt(2 * Math.PI));
}
