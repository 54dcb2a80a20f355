namespace LossSpikes.Lab.Runs;

/// <summary>Rises of the loss that are no spikes, in words.</summary>
internal static class RiseText
{
    /// <summary>The words; empty where there are none.</summary>
    /// <param name="rises">Rises with no instability behind them.</param>
    /// <param name="unmeasured">Rises at which the curvature was not measured.</param>
    /// <param name="period">The period of the ripples of momentum among them; null where there are none.</param>
    public static string Of(int rises, int unmeasured, double? period)
    {
        List<string> parts = [];
        if (rises > 0)
        {
            parts.Add($"{Counted(rises)} of the loss with no instability behind {(rises == 1 ? "it" : "them")}"
                + (period is { } steps ? FormattableString.Invariant($": momentum passing a minimum, period {steps:F1} steps") : ""));
        }

        if (unmeasured > 0)
        {
            parts.Add($"{Counted(unmeasured)} of the loss where the curvature was not measured");
        }

        return string.Join("; ", parts);

        static string Counted(int count) => count == 1 ? "1 rise" : $"{count} rises";
    }
}
