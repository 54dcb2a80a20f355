using System.ComponentModel;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Examples written out in the experiment file.</summary>
[Description("Examples written out here, for the smallest of problems.")]
internal sealed record InlineSettings : DataSettings
{
    [Description("The inputs, a list of numbers for each example.")]
    public required IReadOnlyList<IReadOnlyList<double>> Inputs { get; init; }

    [Description("The targets, a list of numbers for each example.")]
    public required IReadOnlyList<IReadOnlyList<double>> Targets { get; init; }

    protected override DataSet Make() =>
        Inputs.Count == Targets.Count
            ? new DataSet(Rows(Inputs, "inputs"), Rows(Targets, "targets"))
            : throw new InputException($"objective.data: there are {Inputs.Count} inputs but {Targets.Count} targets");

    private static Tensor Rows(IReadOnlyList<IReadOnlyList<double>> rows, string key) =>
        rows.Count > 0 && rows[0].Count > 0 && rows.All(row => row.Count == rows[0].Count)
            ? tensor(rows.SelectMany(row => row).ToArray()).view(rows.Count, rows[0].Count)
            : throw new InputException($"objective.data.{key} must be lists of numbers, all of one length, such as [[1], [2]]");
}
