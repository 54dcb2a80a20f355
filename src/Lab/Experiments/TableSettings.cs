using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>A table of numbers in a file.</summary>
[Description("A CSV file of numbers, one example per line.")]
internal sealed record CsvSettings : DataSettings
{
    /// <summary>A class is an output of the network, so that one mistyped label must not make millions of them.</summary>
    public const int HighestClass = 999;

    [Description("The file. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public required string File { get; init; }

    [Description("Whether the first line names the columns. Without names, columns are called \"1\", \"2\" and so on (in quotes).")]
    public bool Header { get; init; } = true;

    [Description("The columns that are inputs. An empty list takes all that are not targets.")]
    public IReadOnlyList<string> Features { get; init; } = [];

    [Description("The columns to predict; one column for a classification.")]
    public required IReadOnlyList<string> Targets { get; init; }

    [Description("regression: targets are numbers; classification: the target is a class, a whole number from 0 on.")]
    public required Prediction Predict { get; init; }

    [Description("How many lines are used, the first ones of the classes kept. Empty: all.")]
    [Range(1, 100_000_000)]
    public int? Examples { get; init; }

    [Description("For each feature, over the lines used: scale: from 0 to 1; standardize: mean 0 and variance 1; none: as it is. Targets stay as they are.")]
    public Normalization Normalize { get; init; } = Normalization.None;

    [Description("The classes that are kept, numbered anew in this order. An empty list keeps all.")]
    [Range(0, HighestClass)]
    public IReadOnlyList<int> Classes { get; init; } = [];
}

/// <summary>What a table is used for.</summary>
internal enum Prediction
{
    Regression,
    Classification,
}

/// <summary>Examples written out in the experiment file.</summary>
[Description("Examples written out here, for the smallest of problems.")]
internal sealed record InlineSettings : DataSettings
{
    [Description("The inputs, a list of numbers for each example.")]
    public required IReadOnlyList<IReadOnlyList<double>> Inputs { get; init; }

    [Description("The targets, a list of numbers for each example.")]
    public required IReadOnlyList<IReadOnlyList<double>> Targets { get; init; }
}
