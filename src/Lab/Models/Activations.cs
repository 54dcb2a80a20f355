using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>The modules behind the names of nonlinearities.</summary>
internal static class Activations
{
    public static nn.Module<Tensor, Tensor> Create(Activation activation) => activation switch
    {
        Activation.Tanh => nn.Tanh(),
        Activation.Relu => nn.ReLU(),
        Activation.Elu => nn.ELU(),
        Activation.Gelu => nn.GELU(),
        Activation.Silu => nn.SiLU(),
        Activation.Softplus => nn.Softplus(),
        Activation.Sigmoid => nn.Sigmoid(),
        Activation.Hardtanh => new Clamp(),
        Activation.Identity => nn.Identity(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };
}
