using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A product of matrices, with the parameter names of PyTorch's <c>nn.Sequential</c> of <c>nn.Linear</c>.</summary>
[Description("A deep linear network: fully connected layers without activations or biases.")]
internal sealed record DeepLinearSettings : LayeredSettings
{
    [Description("Widths of the hidden layers, first to last.")]
    [Range(1, 100_000)]
    public required IReadOnlyList<int> Hidden { get; init; }

    internal override nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device)
    {
        long[] widths = [task.Example[0], .. Hidden, task.Outputs];
        return Initialize(nn.Sequential(widths.Zip(widths.Skip(1), (from, to) => nn.Linear(from, to, false, device, type))), zeroBiases: false);
    }
}
