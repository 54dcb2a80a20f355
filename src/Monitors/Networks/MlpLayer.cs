using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>One layer a = φ(x·Wᵀ + b) of a dense network.</summary>
/// <param name="Linear">W, shape [out, in], and b, shape [out].</param>
/// <param name="Activation">φ; null for the identity.</param>
/// <param name="First">The place of W among the network's parameters; b is the next one.</param>
internal sealed record MlpLayer(Linear Linear, Activation? Activation, int First)
{
    /// <summary>The parts of a vector over the parameters that belong to W and b.</summary>
    public (Tensor Weight, Tensor? Bias) Of(Tensor[] parts) => (parts[First], Linear.bias is null ? null : parts[First + 1]);

    /// <summary>
    /// The layers of a plain <c>Sequential</c> of <c>Linear</c> and activations that all train, or null: then the network is
    /// something else, and only autograd knows its derivatives.
    /// </summary>
    public static IReadOnlyList<MlpLayer>? Read(nn.Module<Tensor, Tensor> network)
    {
        if (network.GetType() != typeof(Sequential) || network.parameters().Any(p => !p.requires_grad))
        {
            return null;
        }

        var layers = new List<MlpLayer>();
        var first = 0;
        foreach (var module in network.children())
        {
            if (module is Linear linear && !layers.Exists(l => ReferenceEquals(l.Linear, linear)))
            {
                layers.Add(new MlpLayer(linear, null, first));
                first += linear.bias is null ? 1 : 2;
            }
            else if (Activation.Read(module) is { } activation && layers is [.., { Activation: null } last])
            {
                layers[^1] = last with { Activation = activation };
            }
            else if (module is not Identity)
            {
                return null;
            }
        }

        return layers.Count > 0 && layers[^1].Activation is null && network.parameters().Count() == first ? layers : null;
    }
}
