namespace LossSpikes.Tests.Article;

/// <summary>Spikes of a finished loss curve: from the first loss above 1.05 times the lowest since the last spike to the first one back below.</summary>
internal static class Spikes
{
    /// <summary>The first step of each spike, the step it ended at (the last step where it never did), and its peak over that lowest loss.</summary>
    public static List<(int Opened, int Ended, double Rise)> Of(double[] loss)
    {
        List<(int, int, double)> spikes = [];
        var (lowest, peak, opened) = (loss[0], 0.0, -1);
        for (var t = 1; t < loss.Length; t++)
        {
            if (opened < 0 && loss[t] > 1.05 * lowest)
            {
                (opened, peak) = (t, loss[t]);
            }
            else if (opened >= 0 && (loss[t] <= 1.05 * lowest || t - opened > 500))
            {
                spikes.Add((opened, t, peak / lowest));
                (opened, lowest) = (-1, loss[t]);
            }

            (lowest, peak) = opened < 0 ? (Math.Min(lowest, loss[t]), 0) : (lowest, Math.Max(peak, loss[t]));
        }

        if (opened >= 0)
        {
            spikes.Add((opened, loss.Length - 1, peak / lowest));
        }

        return spikes;
    }
}
