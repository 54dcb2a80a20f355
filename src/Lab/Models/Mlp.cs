using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A multilayer perceptron with the parameter names and the initialization of PyTorch's <c>nn.Sequential</c> of <c>nn.Linear</c>.</summary>
internal static class Mlp
{
    /// <summary>Draws the weights from the global random state.</summary>
    public static nn.Module<Tensor, Tensor> Build(MlpSettings settings, long inputs, long outputs, ScalarType type, Device device)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        foreach (var width in settings.Hidden)
        {
            layers.Add(nn.Linear(inputs, width, settings.Bias, device, type));
            layers.Add(Activate(settings.Activation));
            inputs = width;
        }

        layers.Add(nn.Linear(inputs, outputs, settings.Bias, device, type));
        return nn.Sequential(layers);
    }

    private static nn.Module<Tensor, Tensor> Activate(Activation activation) => activation switch
    {
        Activation.Tanh => nn.Tanh(),
        Activation.Relu => nn.ReLU(),
        Activation.Elu => nn.ELU(),
        Activation.Gelu => nn.GELU(),
        Activation.Silu => nn.SiLU(),
        Activation.Softplus => nn.Softplus(),
        Activation.Sigmoid => nn.Sigmoid(),
        Activation.Hardtanh => nn.Hardtanh(),
        Activation.Identity => nn.Identity(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };
}
