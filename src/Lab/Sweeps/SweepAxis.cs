namespace LossSpikes.Lab.Sweeps;

/// <summary>One key of the experiment and the values it takes in a sweep.</summary>
/// <param name="Key">The key's path, such as <c>optimizer.learning_rate</c>.</param>
/// <param name="Values">Its values, as they would stand in the file.</param>
internal sealed record SweepAxis(string Key, IReadOnlyList<string> Values)
{
    /// <summary>Reads <c>key.path=v1,v2,…</c>; commas within brackets belong to a value.</summary>
    /// <exception cref="InputException">It is not of this form.</exception>
    public static SweepAxis Parse(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var values = at > 0 ? Split(text[(at + 1)..]) : [];
        return values.Count > 0 && values.All(v => v.Length > 0)
            ? new SweepAxis(text[..at], values)
            : throw new InputException($"--over {text}: expected key.path=value,value,… such as optimizer.learning_rate=0.05,0.1,0.2");
    }

    private static List<string> Split(string text)
    {
        var (values, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                values.Add(text[start..i].Trim());
                start = i + 1;
            }
            else
            {
                depth += text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
            }
        }

        return values;
    }
}
