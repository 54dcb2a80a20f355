using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A small convolutional network, with the parameter names of PyTorch's <c>nn.Sequential</c>.</summary>
[Description("A small convolutional network for images: 3 by 3 convolutions that keep the size, each followed by an activation and 2 by 2 pooling, "
    + "and a fully connected layer at the end.")]
internal sealed record CnnSettings : LayeredSettings
{
    [Description("Channels of the convolutions, first to last.")]
    [Range(1, 10_000)]
    public required IReadOnlyList<int> Channels { get; init; }

    [Description("The nonlinearity after each convolution.")]
    public required Activation Activation { get; init; }

    [Description("How 2 by 2 pixels become one. average is smooth; with max the curvature jumps where another pixel takes over.")]
    public Pooling Pooling { get; init; } = Pooling.Average;

    [Description("Whether biases start at zero instead of where PyTorch draws them.")]
    public bool ZeroBiases { get; init; }

    internal override bool TakesImages => true;

    internal override nn.Module<Tensor, Tensor> Build(IReadOnlyList<long> example, long outputs, ScalarType type, Device device)
    {
        if (example is not [var channels, var height, var width])
        {
            throw new InputException(
                $"objective.model.kind: cnn takes images ({string.Join(", ", SettingsJson.Kinds<DataSettings, ImageDataSettings>())}), "
                + $"but an example here is a row of {example[0]} numbers; use mlp");
        }

        var layers = new List<nn.Module<Tensor, Tensor>>();
        foreach (var next in Channels)
        {
            layers.Add(new Convolution(channels, next, type, device));
            layers.Add(Activation.Create());
            layers.Add(Pooling == Pooling.Max ? nn.MaxPool2d(2) : nn.AvgPool2d(2));
            (channels, height, width) = (next, height / 2, width / 2);
            if (height == 0 || width == 0)
            {
                throw new InputException(
                    $"objective.model.channels: images of {example[1]} × {example[2]} pixels are too small to be halved {Channels.Count} times");
            }
        }

        layers.Add(nn.Flatten());
        layers.Add(nn.Linear(channels * height * width, outputs, device: device, dtype: type));
        return Initialize(nn.Sequential(layers), ZeroBiases);
    }
}

/// <summary>Ways to shrink an image.</summary>
internal enum Pooling
{
    Average,
    Max,
}
