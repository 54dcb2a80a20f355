using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.TensorFiles.Messages;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

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

    [Description("The classes that are kept, renumbered in this order. An empty list keeps all.")]
    [Range(0, HighestClass)]
    public IReadOnlyList<int> Classes { get; init; } = [];

    protected override DataSet Make() => CsvTable.Load(this);
}

/// <summary>What a table is used for.</summary>
internal enum Prediction
{
    Regression,
    Classification,
}

/// <summary>Makes a data set of a CSV file.</summary>
internal static class CsvTable
{
    /// <summary>The examples of the file.</summary>
    /// <exception cref="InputException">The file cannot be read, a column is not there, or a value is not what it should be.</exception>
    public static DataSet Load(CsvSettings settings)
    {
        var lines = StrictCsv.Read(settings.File);
        var columns = new CsvColumns(lines[0], settings.Header);
        var targets = columns.Find(settings.Targets, "targets");
        var features = settings.Features.Count > 0
            ? columns.Find(settings.Features, "features")
            : [.. Enumerable.Range(0, lines[0].Fields.Count).Except(targets)];
        if (targets.Count == 0 || features.Count == 0 || features.Intersect(targets).Any())
        {
            throw new InputException($"{settings.File}: there must be at least one feature and one target, and no column can be both");
        }

        List<CsvLine> examples = [.. lines.Skip(settings.Header ? 1 : 0)];
        return settings.Predict == Prediction.Classification
            ? Classification(settings, examples, features, targets, columns)
            : Regression(settings, examples, features, targets, columns);
    }

    private static DataSet Regression(CsvSettings settings, List<CsvLine> lines, List<int> features, List<int> targets, CsvColumns columns)
    {
        if (settings.Classes.Count > 0)
        {
            throw new InputException("objective.data.classes: a regression has no classes; leave it out");
        }

        var used = Used(settings, lines, "");
        return new DataSet(Normalize(Values(used, features, columns), settings.Normalize), Values(used, targets, columns));
    }

    private static DataSet Classification(CsvSettings settings, List<CsvLine> lines, List<int> features, List<int> targets, CsvColumns columns)
    {
        if (targets.Count != 1)
        {
            throw new InputException($"objective.data.targets: a classification has one target, not {targets.Count}");
        }

        var labels = lines.Select(line => Label(line, targets[0], columns)).ToList();
        var classes = new KeptClasses(settings.Classes, labels.Select(label => label + 1).DefaultIfEmpty().Max(), settings.File);
        var numbers = labels.Select(classes.Number).ToList();
        var used = Used(settings, lines.Zip(numbers).Where(e => e.Second is not null).ToList(), classes.ToString());
        var inputs = Values([.. used.Select(e => e.First)], features, columns);
        return new DataSet(Normalize(inputs, settings.Normalize), tensor(used.Select(e => e.Second!.Value).ToArray()), classes.Count);
    }

    private static List<T> Used<T>(CsvSettings settings, List<T> examples, string which) =>
        examples.Count >= (settings.Examples ?? 1)
            ? examples[..(settings.Examples ?? examples.Count)]
            : throw new InputException($"{settings.File} has {examples.Count} examples{which}; "
                + (settings.Examples is { } asked ? $"examples asks for {asked}" : "there must be one at least"));

    private static Tensor Values(List<CsvLine> lines, List<int> columns, CsvColumns names) =>
        tensor(lines.SelectMany(line => columns.Select(c => line.Value(c, names[c]))).ToArray()).view(lines.Count, columns.Count);

    private static int Label(CsvLine line, int column, CsvColumns names) =>
        int.TryParse(line.Fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var label) && label <= CsvSettings.HighestClass
            ? label
            : throw line.Error(
                $"{Excerpt.Of(names[column])} must be a class, a whole number from 0 to {CsvSettings.HighestClass}, not '{Excerpt.Of(line.Fields[column])}'");

    private static Tensor Normalize(Tensor inputs, Normalization how) => how switch
    {
        Normalization.Scale => Features.Scale(inputs),
        Normalization.Standardize => Features.Standardize(inputs),
        _ => inputs,
    };
}
