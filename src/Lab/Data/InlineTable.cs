using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Makes a data set of the numbers in the experiment file.</summary>
internal static class InlineTable
{
    /// <summary>The examples.</summary>
    /// <exception cref="InputException">Lists are empty or differ in length.</exception>
    public static DataSet Load(InlineSettings settings) =>
        settings.Inputs.Count == settings.Targets.Count
            ? new DataSet(Rows(settings.Inputs, "inputs"), Rows(settings.Targets, "targets"))
            : throw new InputException($"objective.data: there are {settings.Inputs.Count} inputs but {settings.Targets.Count} targets");

    private static Tensor Rows(IReadOnlyList<IReadOnlyList<double>> rows, string key) =>
        rows.Count > 0 && rows[0].Count > 0 && rows.All(row => row.Count == rows[0].Count)
            ? tensor(rows.SelectMany(row => row).ToArray()).view(rows.Count, rows[0].Count)
            : throw new InputException($"objective.data.{key} must be lists of numbers, all of one length, such as [[1], [2]]");
}
