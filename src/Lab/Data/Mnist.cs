using System.ComponentModel;

namespace LossSpikes.Lab.Data;

/// <summary>MNIST.</summary>
[Description("MNIST: handwritten digits, 28 by 28 pixels from 0 to 255. The folder holds train-images-idx3-ubyte, train-labels-idx1-ubyte, "
    + "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, as they are or gzipped (.gz).")]
internal sealed record MnistSettings : ImageFolderSettings
{
    protected override ImageSet Open() => Mnist.Read(this, "https://ossci-datasets.s3.amazonaws.com/mnist");
}

/// <summary>Fashion-MNIST.</summary>
[Description("Fashion-MNIST: pieces of clothing, in the format and under the file names of MNIST.")]
internal sealed record FashionMnistSettings : ImageFolderSettings
{
    protected override ImageSet Open() => Mnist.Read(this, "https://github.com/zalandoresearch/fashion-mnist (folder data/fashion)");
}

/// <summary>MNIST (LeCun, Cortes, Burges) and Fashion-MNIST (Xiao 2017, arXiv 1708.07747), which has the same files.</summary>
internal static class Mnist
{
    private const int Width = 28, Pixels = Width * Width, Brightest = byte.MaxValue, LargestFile = 1 << 26;

    /// <summary>The images of a folder.</summary>
    /// <param name="settings">The folder, and which part of it.</param>
    /// <param name="source">Where to get its files, for messages.</param>
    /// <exception cref="InputException">A file is missing or not what it should be.</exception>
    public static ImageSet Read(ImageFolderSettings settings, string source)
    {
        var part = settings.Part == DataPart.Train ? "train" : "t10k";
        var (imageFile, labelFile) = ($"{part}-images-idx3-ubyte", $"{part}-labels-idx1-ubyte");
        var images = IdxFile.Parse(Content(imageFile), Path(imageFile), 3);
        var labels = IdxFile.Parse(Content(labelFile), Path(labelFile), 1);
        if (images.Sizes is not [_, Width, Width])
        {
            throw new InputException($"{Path(imageFile)}: images must have {Width} × {Width} pixels, not {images.Sizes[1]} × {images.Sizes[2]}");
        }

        if (images.Sizes[0] != labels.Sizes[0])
        {
            throw new InputException($"{Path(labelFile)}: there are {labels.Sizes[0]} labels, but {imageFile} has {images.Sizes[0]} images");
        }

        return new ImageSet(Path(imageFile), [1, Width, Width], Brightest, Enumerable.Range(0, labels.Content.Length).Select(Image));

        ReadOnlyMemory<byte> Content(string file) => DataFile.Read(settings.Folder, file, $"get {file}.gz from {source}", LargestFile);

        string Path(string file) => System.IO.Path.Combine(settings.Folder, file);

        LabelledImage Image(int i) => labels.Content.Span[i] is < ImageSet.Classes and var label
            ? new LabelledImage(images.Content.Slice(i * Pixels, Pixels), label)
            : throw new InputException($"{Path(labelFile)}: label {i + 1} must be from 0 to {ImageSet.Classes - 1}, but is {labels.Content.Span[i]}");
    }
}
