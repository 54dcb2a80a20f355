using System.ComponentModel;

namespace LossSpikes.Lab.Data;

/// <summary>CIFAR-10.</summary>
[Description("CIFAR-10: colour photographs, 3 channels of 32 by 32 pixels from 0 to 255. "
    + "The folder holds data_batch_1.bin to data_batch_5.bin and test_batch.bin, from the binary version.")]
internal sealed record Cifar10Settings : ImageFolderSettings
{
    protected override ImageSet Open() => Cifar10.Read(this);
}

/// <summary>CIFAR-10 (Krizhevsky 2009), the binary version: files of records, each the class and 3 × 32 × 32 pixels.</summary>
internal static class Cifar10
{
    private const int Width = 32, Channels = 3, Record = 1 + (Channels * Width * Width), Brightest = byte.MaxValue, LargestFile = 10_000 * Record;

    /// <summary>The photographs; a file is read when its first image is asked for.</summary>
    public static ImageSet Read(Cifar10Settings settings)
    {
        string[] files = settings.Part == DataPart.Test ? ["test_batch.bin"] : [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];
        return new ImageSet(settings.Folder, [Channels, Width, Width], Brightest, files.SelectMany(file => Images(settings.Folder, file)));
    }

    private static IEnumerable<LabelledImage> Images(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        var content = DataFile.Read(folder, file, $"unpack {file} out of cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html", LargestFile);
        if (content.Length % Record != 0)
        {
            throw new InputException($"{path}: the file must be whole records of {Record} bytes, but has {content.Length} bytes");
        }

        for (var start = 0; start < content.Length; start += Record)
        {
            var label = content.Span[start];
            yield return label < ImageSet.Classes
                ? new LabelledImage(content.Slice(start + 1, Record - 1), label)
                : throw new InputException($"{path}: the label of image {(start / Record) + 1} must be from 0 to {ImageSet.Classes - 1}, but is {label}");
        }
    }
}
