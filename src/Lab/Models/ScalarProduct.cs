using System.ComponentModel;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A product of numbers, with the parameter names of PyTorch's <c>nn.Sequential</c> of <c>nn.Linear</c>.</summary>
[Description("A deep linear network of width one: the input, which is one number, times the product of scalar weights.")]
internal sealed record ScalarProductSettings : ModelSettings
{
    [Description("The weights at the start, as many as there are factors.")]
    public required IReadOnlyList<double> Start { get; init; }

    internal override nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device)
    {
        if (Start.Count == 0)
        {
            throw new InputException("objective.model.start must have at least one number");
        }

        if (task.Example[0] != 1 || task.Outputs != 1)
        {
            throw new InputException(
                $"objective.model.kind: scalar_product takes one input to one output, but the data have {task.Example[0]} and {task.Outputs}");
        }

        var product = nn.Sequential(Start.Select(_ => nn.Linear(1, 1, false, device, type)));
        using var constant = no_grad();
        foreach (var (weight, start) in product.parameters().Zip(Start))
        {
            weight.fill_(Scalar(start));
        }

        return product;
    }
}
