using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>Images of ten classes.</summary>
internal abstract record ImageDataSettings : DataSettings
{
    [Description("How many images are used, the first ones of the classes kept. Empty: all.")]
    [Range(1, 1_000_000)]
    public int? Examples { get; init; }

    [Description("scale: pixels from 0 to 1; standardize: mean 0 and variance 1 in each channel, over the images used; none: pixels as stored.")]
    public Normalization Normalize { get; init; } = Normalization.Scale;

    [Description("The classes that are kept, numbered anew in this order. An empty list keeps all.")]
    [Range(0, 9)]
    public IReadOnlyList<int> Classes { get; init; } = [];
}

/// <summary>The UCI handwritten digits.</summary>
[Description("Handwritten digits (UCI): 1,797 images of 8 by 8 pixels from 0 to 16, which the lab carries.")]
internal sealed record DigitsSettings : ImageDataSettings
{
    [Description("Another copy of the data set, in the format of the built-in one. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? File { get; init; }
}

/// <summary>Images in files that the user gets.</summary>
internal abstract record ImageFolderSettings : ImageDataSettings
{
    [Description("The folder that holds the files. A relative path counts from the folder of the experiment file.")]
    [FilePath("folder")]
    public required string Folder { get; init; }

    [Description("The training images or the test images.")]
    public DataPart Part { get; init; } = DataPart.Train;
}

/// <summary>MNIST.</summary>
[Description("MNIST: handwritten digits, 28 by 28 pixels from 0 to 255. The folder holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, as they are or gzipped (.gz).")]
internal sealed record MnistSettings : ImageFolderSettings;

/// <summary>Fashion-MNIST.</summary>
[Description("Fashion-MNIST: pieces of clothing, in the format and under the file names of MNIST.")]
internal sealed record FashionMnistSettings : ImageFolderSettings;

/// <summary>CIFAR-10.</summary>
[Description("CIFAR-10: colour photographs, 3 channels of 32 by 32 pixels from 0 to 255. The folder holds data_batch_1.bin to data_batch_5.bin and test_batch.bin, from the binary version.")]
internal sealed record Cifar10Settings : ImageFolderSettings;
