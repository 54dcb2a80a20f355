using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Makes a data set of the images that an experiment asks for.</summary>
internal static class ImageSelection
{
    /// <summary>The first images of the classes kept, shape [n, channels, height, width].</summary>
    /// <exception cref="InputException">A file is not what it should be, or there are fewer images than asked for.</exception>
    public static DataSet Take(ImageSet images, ImageDataSettings settings)
    {
        var classes = new KeptClasses(settings.Classes, ImageSet.Classes, images.Source);
        using var pixels = new MemoryStream();
        var labels = new List<long>();
        foreach (var image in images.Images)
        {
            if (classes.Number(image.Label) is { } number)
            {
                pixels.Write(image.Pixels.Span);
                labels.Add(number);
            }

            if (labels.Count == settings.Examples)
            {
                break;
            }
        }

        if (labels.Count == 0 || labels.Count < settings.Examples)
        {
            throw new InputException($"{images.Source} has {labels.Count} images{classes}; {(settings.Examples is { } asked ? $"examples asks for {asked}" : "there must be one at least")}");
        }

        var inputs = tensor(pixels.ToArray(), [labels.Count, .. images.Shape]).to(ScalarType.Float64);
        return new DataSet(Normalize(inputs, settings.Normalize, images.Brightest), tensor(labels.ToArray()), classes.Count);
    }

    private static Tensor Normalize(Tensor inputs, Normalization how, int brightest) => how switch
    {
        Normalization.Scale => inputs / Scalar(brightest),
        Normalization.Standardize => Features.Standardize(inputs),
        _ => inputs,
    };
}
