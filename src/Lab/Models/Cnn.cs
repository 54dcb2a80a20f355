using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Layers;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A small convolutional network, with the parameter names of PyTorch's <c>nn.Sequential</c>.</summary>
[Description("A small convolutional network for images: convolutions, each followed by batch normalization if it is asked for, an activation and "
    + "pooling, and a fully connected layer at the end.")]
internal sealed record CnnSettings : LayeredSettings
{
    [Description("Channels of the convolutions, first to last.")]
    [Range(1, 10_000)]
    public required IReadOnlyList<int> Channels { get; init; }

    [Description("The nonlinearity after each convolution.")]
    public required Activation Activation { get; init; }

    [Description("Height and width of the convolutions in pixels.")]
    [Range(1, 100)]
    public int Kernel { get; init; } = 3;

    [Description("By how many pixels a convolution moves.")]
    [Range(1, 100)]
    public int Stride { get; init; } = 1;

    [Description("How many pixels of zeros surround the image of each convolution. Empty: half of kernel, which for an odd one keeps the size.")]
    [Range(0, 100)]
    public int? Padding { get; init; }

    [Description("Whether each convolution is followed by BatchNorm, which normalizes by the mean and the variance of the batch.")]
    public bool BatchNorm { get; init; }

    [Description("How pool by pool pixels become one. average is smooth; with max the curvature jumps where another pixel takes over; none leaves them.")]
    public Pooling Pooling { get; init; } = Pooling.Average;

    [Description("Height and width of what pooling makes one pixel.")]
    [Range(1, 100)]
    public int Pool { get; init; } = 2;

    [Description("Whether biases start at zero instead of where PyTorch draws them.")]
    public bool ZeroBiases { get; init; }

    internal override Tensor Inputs(DataSet data, ScalarType type) => data.Inputs.to(type);

    internal override nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device)
    {
        if (task.Example is not [var channels, var height, var width])
        {
            throw new InputException(
                $"objective.model.kind: cnn takes images ({string.Join(", ", SettingsJson.Kinds<DataSettings, ImageDataSettings>())}), "
                + $"but an example here is a row of {string.Join(" × ", task.Example)} numbers; use mlp");
        }

        var layers = new List<nn.Module<Tensor, Tensor>>();
        var padding = Padding ?? Kernel / 2;
        foreach (var next in Channels)
        {
            layers.Add(new Convolution(channels, next, Kernel, Stride, padding, type, device));
            (channels, height, width) = (next, Convolved(height), Convolved(width));
            if (BatchNorm)
            {
                layers.Add(new BatchNormalization(channels, type, device));
            }

            layers.Add(Activation.Create());
            if (Pooling != Pooling.None)
            {
                layers.Add(Pooling == Pooling.Max ? nn.MaxPool2d(Pool) : nn.AvgPool2d(Pool));
                (height, width) = (height / Pool, width / Pool);
            }

            if (height <= 0 || width <= 0)
            {
                throw new InputException($"objective.model.channels: images of {task.Example[1]} × {task.Example[2]} pixels are too small for "
                    + $"{Channels.Count} convolutions with this kernel, stride, padding and pooling");
            }
        }

        layers.Add(nn.Flatten());
        layers.Add(nn.Linear(channels * height * width, task.Outputs, device: device, dtype: type));
        return Initialize(nn.Sequential(layers), ZeroBiases);

        long Convolved(long size) => size + 2 * padding < Kernel ? 0 : (size + 2 * padding - Kernel) / Stride + 1;
    }
}

/// <summary>Ways to shrink an image.</summary>
internal enum Pooling
{
    Average,
    Max,
    None,
}
