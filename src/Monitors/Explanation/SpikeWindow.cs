namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// The measured steps from the end of the last spike (or the start) to the end of a spike, with the places of crossing, opening and peak.
/// </summary>
internal sealed class SpikeWindow
{
    // After this many steps below the threshold, the next rise above it is a new crossing.
    private const int CalmSteps = 10;

    private readonly SpikeEvent _spike;

    private SpikeWindow(IReadOnlyList<Measurement> rows, SpikeEvent spike, int open, int peak)
    {
        (Rows, _spike, Open, Peak) = (rows, spike, open, peak);
        Crossing = FindCrossing();
        BurstRank = StrongestAt(Open);
        Mode = Rows[Open].Explanation!.Modes[BurstRank - 1];
    }

    /// <summary>The window of a spike, or null where too little of it was measured.</summary>
    public static SpikeWindow? Of(IReadOnlyList<Measurement> rows, SpikeEvent spike)
    {
        var open = First(r => r.Step >= spike.OpenStep && r.Explanation!.Oscillations.Count > 0);
        var peak = First(r => r.Step >= spike.PeakStep);
        return open < 0 || peak < 0 || open > Math.Max(peak, 2) ? null : new SpikeWindow(rows, spike, open, peak);

        int First(Func<Measurement, bool> condition)
        {
            for (var i = 0; i < rows.Count; i++)
            {
                if (condition(rows[i]))
                {
                    return i;
                }
            }

            return -1;
        }
    }

    /// <summary>Every measured step, oldest first.</summary>
    public IReadOnlyList<Measurement> Rows { get; }

    /// <summary>Where the spike opened, and its peak: indices of <see cref="Rows"/>.</summary>
    public int Open { get; }

    /// <inheritdoc cref="Open"/>
    public int Peak { get; }

    /// <summary>The last rise above the threshold after a calm, up to the opening, or null.</summary>
    public int? Crossing { get; }

    /// <summary>The place, from 1, of the mode with the strongest oscillation of the gradient at the opening.</summary>
    public int BurstRank { get; }

    /// <summary>That mode's number.</summary>
    public int Mode { get; }

    /// <summary>Whether every step from one index to another was measured.</summary>
    public bool IsDense(int from, int to) => Rows[to].Step - Rows[from].Step == to - from;

    /// <summary>λ of the mode at an index; null where it was not tracked.</summary>
    public double? Eigenvalue(int index) => RankAt(index) is { } i ? Rows[index].TrackedEigenvalue(i) : null;

    /// <summary>The alternating displacement of the mode; null where it was not tracked.</summary>
    public double? Oscillation(int index) =>
        RankAt(index) is { } i && Rows[index].Explanation!.Oscillations is var all && i < all.Count ? all[i] : null;

    /// <summary>The largest eigenvalue of all other tracked modes.</summary>
    public double? LargestOther(int index)
    {
        var row = Rows[index];
        var own = RankAt(index);
        return Enumerable.Range(0, row.Explanation!.Modes.Count).Where(i => i != own).Select(i => (double?)row.TrackedEigenvalue(i)).Max();
    }

    /// <summary>How many steps in a row, up to an index, its oscillation changed sides.</summary>
    public int Flips(int upTo)
    {
        var count = 0;
        for (var i = upTo; i > 0 && IsDense(i - 1, i) && Oscillation(i) * Oscillation(i - 1) < 0; i--)
        {
            count++;
        }

        return count;
    }

    private int? RankAt(int index)
    {
        var modes = Rows[index].Explanation!.Modes;
        for (var i = 0; i < modes.Count; i++)
        {
            if (modes[i] == Mode)
            {
                return i;
            }
        }

        return null;
    }

    private int StrongestAt(int index)
    {
        var row = Rows[index];
        var oscillations = row.Explanation!.Oscillations;
        return 1 + Enumerable.Range(0, oscillations.Count).MaxBy(i => Math.Abs(row.TrackedEigenvalue(i) * oscillations[i]));
    }

    private int? FindCrossing()
    {
        int? crossing = null;
        var below = 0;
        for (var i = 0; i < Rows.Count && Rows[i].Step <= _spike.OpenStep; i++)
        {
            var above = Rows[i].Sharpness > Rows[i].Threshold;
            if (above && (below >= CalmSteps || (crossing is null && (below > 0 || Rows[i].Step == 0))))
            {
                crossing = i;
            }

            below = above ? 0 : below + 1;
        }

        return crossing;
    }
}
