using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A multilayer perceptron, with the parameter names of PyTorch's <c>nn.Sequential</c> of <c>nn.Linear</c>.</summary>
[Description("Fully connected layers with an activation between them (a multilayer perceptron). The data give the widths of input and output.")]
internal sealed record MlpSettings : LayeredSettings
{
    [Description("Widths of the hidden layers, first to last. An empty list makes a linear model.")]
    [Range(1, 100_000)]
    public required IReadOnlyList<int> Hidden { get; init; }

    [Description("The nonlinearity after each hidden layer. The curvature jumps where relu, elu and hardtanh bend; the others are smooth.")]
    public required Activation Activation { get; init; }

    [Description("Whether the layers have biases.")]
    public bool Bias { get; init; } = true;

    [Description("Whether biases start at zero instead of where PyTorch draws them.")]
    public bool ZeroBiases { get; init; }

    internal override nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device)
    {
        var (inputs, layers) = (task.Example[0], new List<nn.Module<Tensor, Tensor>>());
        foreach (var width in Hidden)
        {
            layers.Add(nn.Linear(inputs, width, Bias, device, type));
            layers.Add(Activation.Create());
            inputs = width;
        }

        layers.Add(nn.Linear(inputs, task.Outputs, Bias, device, type));
        return Initialize(nn.Sequential(layers), ZeroBiases);
    }
}
