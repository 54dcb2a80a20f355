namespace LossSpikes.Lab.Figures;

/// <summary>Leaves out points that no reader could see, so that a figure's size does not grow with the run's length.</summary>
internal static class Thinning
{
    /// <summary>More buckets than a figure has columns of pixels.</summary>
    private const int Buckets = 1500;

    /// <summary>The indices to draw: of every bucket of neighbours the first, lowest, highest and last value, and one gap.</summary>
    public static int[] Kept(double[] values)
    {
        if (values.Length <= 5 * Buckets)
        {
            return [.. Enumerable.Range(0, values.Length)];
        }

        SortedSet<int> kept = [];
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            var (start, end) = ((int)((long)bucket * values.Length / Buckets), (int)((bucket + 1L) * values.Length / Buckets));
            var (lowest, highest) = (start, start);
            for (var i = start; i < end; i++)
            {
                lowest = values[i] < values[lowest] || double.IsNaN(values[lowest]) ? i : lowest;
                highest = values[i] > values[highest] || double.IsNaN(values[highest]) ? i : highest;
            }

            kept.UnionWith([start, lowest, highest, end - 1]);
            if (Array.FindIndex(values, start, end - start, double.IsNaN) is >= 0 and var gap)
            {
                kept.Add(gap);
            }
        }

        return [.. kept];
    }
}
