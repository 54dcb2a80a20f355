using LossSpikes.Lab.Experiments;

namespace LossSpikes.Lab.Sweeps;

/// <summary>One run of a sweep.</summary>
/// <param name="Folder">The run folder.</param>
/// <param name="Values">The value of each axis, in the order of the axes.</param>
/// <param name="Overrides">The same as <c>key.path=value</c>.</param>
internal sealed record SweepMember(string Folder, IReadOnlyList<string> Values, IReadOnlyList<string> Overrides)
{
    /// <summary>The cartesian product of the axes, the last one fastest, each member checked against the experiment file.</summary>
    /// <exception cref="InputException">A key or a value is wrong.</exception>
    public static IReadOnlyList<SweepMember> Of(string file, IReadOnlyList<string> overrides, IReadOnlyList<SweepAxis> axes, string directory)
    {
        IEnumerable<string[]> product = [[]];
        foreach (var axis in axes)
        {
            product = product.SelectMany(head => axis.Values.Select(v => head.Append(v).ToArray()));
        }

        var members = product.Select(values => new SweepMember(
            Path.Combine(directory, FolderName(axes, values)), values, [.. overrides, .. axes.Zip(values, (a, v) => $"{a.Key}={v}")])).ToList();
        foreach (var member in members)
        {
            ExperimentFile.Load(file, member.Overrides);
        }

        return members;
    }

    private static string FolderName(IReadOnlyList<SweepAxis> axes, string[] values)
    {
        var name = string.Join('_', axes.Zip(values, (a, v) => $"{a.Key.Split('.')[^1]}={v}"));
        return string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '=' ? c : '_'));
    }
}
