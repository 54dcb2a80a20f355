using System.ComponentModel;
using LossSpikes.Lab.Configuration;

namespace LossSpikes.Lab.Data;

/// <summary>Images in files that the user gets.</summary>
internal abstract record ImageFolderSettings : ImageDataSettings
{
    [Description("The folder that holds the files. A relative path counts from the folder of the experiment file.")]
    [FilePath("folder")]
    public required string Folder { get; init; }

    [Description("The training images or the test images.")]
    public DataPart Part { get; init; } = DataPart.Train;
}

/// <summary>The two halves that image collections come in.</summary>
internal enum DataPart
{
    Train,
    Test,
}
