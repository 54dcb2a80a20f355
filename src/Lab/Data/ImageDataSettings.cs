using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Images of ten classes, shape [n, channels, height, width].</summary>
internal abstract record ImageDataSettings : DataSettings
{
    [Description("How many images are used, the first ones of the classes kept. Empty: all.")]
    [Range(1, 1_000_000)]
    public int? Examples { get; init; }

    [Description("scale: pixels from 0 to 1; standardize: mean 0 and variance 1 in each channel, over the images used; none: pixels as stored.")]
    public Normalization Normalize { get; init; } = Normalization.Scale;

    [Description("The classes that are kept, renumbered in this order. An empty list keeps all.")]
    [Range(0, 9)]
    public IReadOnlyList<int> Classes { get; init; } = [];

    /// <summary>The whole collection.</summary>
    /// <exception cref="InputException">A file is missing or not what it should be.</exception>
    protected abstract ImageSet Open();

    // The first images of the classes kept.
    protected sealed override DataSet Make()
    {
        var images = Open();
        var classes = new KeptClasses(Classes, ImageSet.Classes, images.Source);
        using var pixels = new MemoryStream();
        var labels = new List<long>();
        foreach (var image in images.Images)
        {
            if (classes.Number(image.Label) is { } number)
            {
                pixels.Write(image.Pixels.Span);
                labels.Add(number);
            }

            if (labels.Count == Examples)
            {
                break;
            }
        }

        if (labels.Count == 0 || labels.Count < Examples)
        {
            throw new InputException($"{images.Source} has {labels.Count} images{classes}; "
                + (Examples is { } asked ? $"examples asks for {asked}" : "there must be one at least"));
        }

        var inputs = tensor(pixels.ToArray(), [labels.Count, .. images.Shape]).to(ScalarType.Float64);
        return new DataSet(Normalized(inputs, images.Brightest), tensor(labels.ToArray()), classes.Count);
    }

    private Tensor Normalized(Tensor inputs, int brightest) => Normalize switch
    {
        Normalization.Scale => inputs / Scalar(brightest),
        Normalization.Standardize => Features.Standardize(inputs),
        _ => inputs,
    };
}
