namespace LossSpikes.Lab.Sweeps;

/// <summary>One run of a sweep.</summary>
/// <param name="Index">Its number, which it keeps when the sweep grows.</param>
/// <param name="Name">The name of its run folder.</param>
/// <param name="Values">The value of each axis, in the order of the axes.</param>
/// <param name="Hash">SHA-256 of its experiment file, in hexadecimal digits.</param>
internal sealed record SweepMember(int Index, string Name, IReadOnlyList<string> Values, string Hash)
{
    /// <summary>The name of the run with these values.</summary>
    public static string NameOf(IReadOnlyList<SweepAxis> axes, IReadOnlyList<string> values)
    {
        var name = string.Join('_', axes.Zip(values, (a, v) => $"{a.Key.Split('.')[^1]}={v}"));
        return string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '=' ? c : '_'));
    }
}
