namespace LossSpikes.Lab.Replays;

/// <summary>Numbers of spikes in a sentence.</summary>
internal static class IdList
{
    /// <summary><c>spikes 1–4, 9</c>, <c>spike 2</c> or <c>no spikes</c>; the numbers ascend.</summary>
    public static string Of(IEnumerable<int> ids)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var id in ids)
        {
            if (ranges.Count > 0 && ranges[^1].Last == id - 1)
            {
                ranges[^1] = (ranges[^1].First, id);
            }
            else
            {
                ranges.Add((id, id));
            }
        }

        return ranges switch
        {
            [] => "no spikes",
            [var (first, last)] when first == last => $"spike {first}",
            _ => "spikes " + string.Join(", ", ranges.Select(r => r.First == r.Last ? $"{r.First}" : $"{r.First}–{r.Last}")),
        };
    }
}
