using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Experiments;

/// <summary>A data set. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DigitsSettings), "digits")]
internal abstract record DataSettings;

/// <summary>The UCI handwritten digits.</summary>
[Description("Handwritten digits (UCI): images of 8 by 8 pixels, divided by 16 so that they lie in [0, 1], and their ten classes.")]
internal sealed record DigitsSettings : DataSettings
{
    [Description("How many examples are used, from the first row on.")]
    [Range(1, 1797)]
    public int Examples { get; init; } = 1797;

    [Description("Another copy of the data set, in the format of the built-in one. A relative path counts from the folder of the experiment file.")]
    [FilePath]
    public string? File { get; init; }
}
