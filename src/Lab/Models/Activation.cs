using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>Nonlinearities between layers.</summary>
internal enum Activation
{
    Tanh,
    Relu,
    Elu,
    Gelu,
    Silu,
    Softplus,
    Sigmoid,
    Hardtanh,
    Identity,
}

/// <summary>The modules behind the names of nonlinearities.</summary>
internal static class Activations
{
    public static nn.Module<Tensor, Tensor> Create(this Activation activation) => activation switch
    {
        Activation.Tanh => nn.Tanh(),
        Activation.Relu => nn.ReLU(),
#pragma warning disable RS0030 // sealed, and the monitor knows the derivatives of these types only: with them the race of KeepAlive remains
        Activation.Elu => nn.ELU(),
        Activation.Softplus => nn.Softplus(),
#pragma warning restore RS0030
        Activation.Gelu => nn.GELU(),
        Activation.Silu => nn.SiLU(),
        Activation.Sigmoid => nn.Sigmoid(),
        Activation.Hardtanh => new Clamp(),
        Activation.Identity => nn.Identity(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };
}
