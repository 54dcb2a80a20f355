using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>Small convolutional networks, with the parameter names of PyTorch's <c>nn.Sequential</c>.</summary>
internal static class Cnn
{
    /// <summary>Convolution, activation and pooling for each number of channels, then a fully connected layer.</summary>
    /// <param name="settings">The architecture.</param>
    /// <param name="example">The shape of an input.</param>
    /// <param name="outputs">How many outputs there are.</param>
    /// <param name="type">The dtype of the parameters.</param>
    /// <param name="device">Where they are.</param>
    /// <exception cref="InputException">The inputs are no images, or too small for so much pooling.</exception>
    public static nn.Module<Tensor, Tensor> Build(CnnSettings settings, long[] example, long outputs, ScalarType type, Device device)
    {
        if (example is not [var channels, var height, var width])
        {
            throw new InputException($"objective.model.kind: cnn takes images (digits, mnist, fashion_mnist, cifar10), but an example here is a row of {example[0]} numbers; use mlp");
        }

        var layers = new List<nn.Module<Tensor, Tensor>>();
        foreach (var next in settings.Channels)
        {
            layers.Add(new Convolution(channels, next, type, device));
            layers.Add(Activations.Create(settings.Activation));
            layers.Add(settings.Pooling == Pooling.Max ? nn.MaxPool2d(2) : nn.AvgPool2d(2));
            (channels, height, width) = (next, height / 2, width / 2);
            if (height == 0 || width == 0)
            {
                throw new InputException($"objective.model.channels: images of {example[1]} × {example[2]} pixels are too small to be halved {settings.Channels.Count} times");
            }
        }

        layers.Add(nn.Flatten());
        layers.Add(nn.Linear(channels * height * width, outputs, device: device, dtype: type));
        return Weights.Initialize(nn.Sequential(layers), settings, settings.ZeroBiases);
    }
}
