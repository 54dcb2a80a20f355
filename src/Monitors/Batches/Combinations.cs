namespace LossSpikes.Monitors.Batches;

/// <summary>All choices of b of n examples.</summary>
internal static class Combinations
{
    /// <summary>All of them, or null where there are more than a limit.</summary>
    /// <param name="n">n.</param>
    /// <param name="b">b.</param>
    /// <param name="limit">The most that are listed.</param>
    public static IReadOnlyList<IReadOnlyList<long>>? All(long n, int b, int limit)
    {
        var count = 1.0;
        for (var i = 0; i < Math.Min(b, n - b) && count <= limit; i++)
        {
            count = count * (n - i) / (i + 1);
        }

        return count > limit ? null : [.. From(0, n, b)];
    }

    private static IEnumerable<IReadOnlyList<long>> From(long first, long n, int b) => b == 0
        ? [[]]
        : Range(first, n - b).SelectMany(i => From(i + 1, n, b - 1), (i, rest) => (IReadOnlyList<long>)[i, .. rest]);

    private static IEnumerable<long> Range(long from, long to)
    {
        for (var i = from; i <= to; i++)
        {
            yield return i;
        }
    }
}
