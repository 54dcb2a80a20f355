namespace LossSpikes.Tests.Commands;

/// <summary>Whether two run folders hold the same run; the column of seconds alone may differ.</summary>
internal static class SameRun
{
    public static void Assert(string expected, string actual)
    {
        Xunit.Assert.Equal(WithoutSeconds(expected), WithoutSeconds(actual));
        Xunit.Assert.Equal(File.ReadAllText(Path.Combine(expected, "events.jsonl")), File.ReadAllText(Path.Combine(actual, "events.jsonl")));
    }

    /// <summary>The rows without their column of seconds, which is the last.</summary>
    public static string[] WithoutSeconds(string run)
    {
        var lines = File.ReadAllLines(Path.Combine(run, "metrics.csv"));
        Xunit.Assert.EndsWith(",seconds", lines[0], StringComparison.Ordinal);
        return [.. lines.Select(l => l[..l.LastIndexOf(',')])];
    }
}
