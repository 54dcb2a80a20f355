using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>Fully connected networks, with the parameter names of PyTorch's <c>nn.Sequential</c> of <c>nn.Linear</c>.</summary>
internal static class Mlp
{
    /// <summary>A multilayer perceptron; the weights come from the global random state.</summary>
    public static nn.Module<Tensor, Tensor> Build(MlpSettings settings, long inputs, long outputs, ScalarType type, Device device)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        foreach (var width in settings.Hidden)
        {
            layers.Add(nn.Linear(inputs, width, settings.Bias, device, type));
            layers.Add(Activations.Create(settings.Activation));
            inputs = width;
        }

        layers.Add(nn.Linear(inputs, outputs, settings.Bias, device, type));
        return Weights.Initialize(nn.Sequential(layers), settings, settings.ZeroBiases);
    }

    /// <summary>A deep linear network; the weights come from the global random state.</summary>
    public static nn.Module<Tensor, Tensor> Build(DeepLinearSettings settings, long inputs, long outputs, ScalarType type, Device device)
    {
        long[] widths = [inputs, .. settings.Hidden, outputs];
        return Weights.Initialize(nn.Sequential(widths.Zip(widths.Skip(1), (from, to) => nn.Linear(from, to, false, device, type))), settings, zeroBiases: false);
    }

    /// <summary>A product of scalar weights.</summary>
    /// <exception cref="InputException">There is no weight, or more than one input or output.</exception>
    public static nn.Module<Tensor, Tensor> Build(ScalarProductSettings settings, long inputs, long outputs, ScalarType type, Device device)
    {
        if (settings.Start.Count == 0)
        {
            throw new InputException("objective.model.start must have at least one number");
        }

        if (inputs != 1 || outputs != 1)
        {
            throw new InputException($"objective.model.kind: scalar_product takes one input to one output, but the data have {inputs} and {outputs}");
        }

        var product = nn.Sequential(settings.Start.Select(_ => nn.Linear(1, 1, false, device, type)));
        using var constant = no_grad();
        foreach (var (weight, start) in product.parameters().Zip(settings.Start))
        {
            weight.fill_(Scalar(start));
        }

        return product;
    }
}
