namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// The measured steps from the end of the last spike (or the start) to the end of a spike, with the places of crossing, opening and peak, and the
/// oscillation in the space of the eigenvectors that were above the threshold.
/// </summary>
internal sealed class SpikeWindow
{
    // After this many steps below the threshold, the next rise above it is a new crossing.
    private const int CalmSteps = 10;

    private readonly SpikeEvent _spike;
    private readonly HashSet<int> _unstable;

    private SpikeWindow(IReadOnlyList<Measurement> rows, SpikeEvent spike, int open, int peak, bool fromStart)
    {
        (Rows, _spike, Open, Peak, FromStart) = (rows, spike, open, peak, fromStart && rows[0].Step == 0);
        Crossing = FindCrossing();
        BurstRank = StrongestAt(Open);
        Mode = Rows[Open].Explanation!.Modes[BurstRank - 1];
        _unstable = [.. Since(Peak).SelectMany(AboveThreshold)];
    }

    /// <summary>The window of a spike, or null where too little of it was measured.</summary>
    /// <param name="rows">Every measured step since the last spike ended, or since the start.</param>
    /// <param name="spike">The spike.</param>
    /// <param name="fromStart">Whether no spike came before it.</param>
    public static SpikeWindow? Of(IReadOnlyList<Measurement> rows, SpikeEvent spike, bool fromStart)
    {
        // Where the loss is not finite, the curvature is not measured: the last step before counts. Any other spike needs a measurement in it.
        var open = FirstFrom(spike.OpenStep);
        return rows.Count == 0 || (rows[open].Step < spike.OpenStep && spike.Outcome != SpikeOutcome.Diverged)
            || (rows[open].Step > spike.PeakStep && spike.PeakStep > 1)
            ? null
            : new SpikeWindow(rows, spike, open, Math.Max(open, FirstFrom(spike.PeakStep)), fromStart);

        int FirstFrom(long step)
        {
            var index = rows.TakeWhile(r => r.Step < step).Count();
            return Math.Min(index, rows.Count - 1);
        }
    }

    /// <summary>Every measured step, oldest first.</summary>
    public IReadOnlyList<Measurement> Rows { get; }

    /// <summary>Whether it begins with the first step of the run.</summary>
    public bool FromStart { get; }

    /// <summary>Where the spike opened, and its peak: indices of <see cref="Rows"/>.</summary>
    public int Open { get; }

    /// <inheritdoc cref="Open"/>
    public int Peak { get; }

    /// <summary>The last rise above the threshold after a calm, up to the opening, or null.</summary>
    public int? Crossing { get; }

    /// <summary>The place, from 1, of the eigenvector with the strongest oscillation of the gradient at the opening.</summary>
    public int BurstRank { get; }

    /// <summary>Its mode.</summary>
    public int Mode { get; }

    /// <summary>The rows after the end of the last spike, up to an index.</summary>
    public IEnumerable<Measurement> Since(int upTo) => Rows.Take(upTo + 1).Skip(FromStart ? 0 : 1);

    /// <summary>The rows from the peak to the end.</summary>
    public IEnumerable<Measurement> FromPeak => Rows.Skip(Peak).TakeWhile(r => r.Step <= _spike.EndStep);

    /// <summary>Whether every step from one index to another was measured.</summary>
    public bool IsDense(int from, int to) => Rows[to].Step - Rows[from].Step == to - from;

    /// <summary>λ of the mode at an index; null where it was not tracked.</summary>
    public double? Eigenvalue(int index) => RankOf(Mode, index) is { } i ? Rows[index].TrackedEigenvalue(i) : null;

    /// <summary>The alternating displacement of the mode; null where it was not tracked.</summary>
    public double? Oscillation(int index) =>
        RankOf(Mode, index) is { } i && Rows[index].Explanation!.Oscillations is var all && i < all.Count ? all[i] : null;

    /// <summary>
    /// The oscillation in the unstable space: the length of the alternating part of the gradient in it, to which directions of small curvature add
    /// little; null where it was not measured.
    /// </summary>
    public double? Size(int index) => UnstableAt(index) is { Count: > 0 } ranks && Rows[index].Explanation!.Oscillations.Count > 0
        ? Math.Sqrt(ranks.Sum(i => Math.Pow(GradientOscillation(index, i), 2)))
        : null;

    /// <summary>ln of the factor |1 − ηλ| by which a step of gradient descent multiplies that length; null where it was not measured.</summary>
    public double? LogFactor(int index) => Size(index) is > 0 and var size
        ? UnstableAt(index).Sum(i => Math.Pow(GradientOscillation(index, i) / size, 2)
            * Math.Log(Math.Abs(1 - Rows[index].LearningRate!.Value * Rows[index].TrackedEigenvalue(i))))
        : null;

    /// <summary>The share of the unstable space in λx², summed over the vectors along which a step overshoots.</summary>
    public double UnstableShare(int index)
    {
        var row = Rows[index];
        var all = row.Explanation!.Oscillations;
        var overshooting = Enumerable.Range(0, all.Count).Where(i => row.TrackedEigenvalue(i) > row.Threshold / 2).ToList();
        var total = Energy(overshooting);
        return total > 0 ? Energy(overshooting.Intersect(UnstableAt(index))) / total : 1;

        double Energy(IEnumerable<int> ranks) => ranks.Sum(i => row.TrackedEigenvalue(i) * all[i] * all[i]);
    }

    /// <summary>The largest eigenvalue of all other tracked modes.</summary>
    public double? LargestOther(int index)
    {
        var row = Rows[index];
        var own = RankOf(Mode, index);
        return Enumerable.Range(0, row.Explanation!.Modes.Count).Where(i => i != own).Select(i => (double?)row.TrackedEigenvalue(i)).Max();
    }

    /// <summary>How many steps in a row, up to an index, the oscillation changed sides.</summary>
    public int Flips(int upTo)
    {
        var count = 0;
        for (var i = upTo; i > 0 && IsDense(i - 1, i) && Rows[i].Explanation!.Alternation < 0; i--)
        {
            count++;
        }

        return count;
    }

    private static IEnumerable<int> AboveThreshold(Measurement row) =>
        row.Explanation!.Modes.Where((_, i) => row.TrackedEigenvalue(i) > row.Threshold);

    private double GradientOscillation(int index, int rank) => Rows[index].TrackedEigenvalue(rank) * Rows[index].Explanation!.Oscillations[rank];

    private List<int> UnstableAt(int index)
    {
        var modes = Rows[index].Explanation!.Modes;
        return [.. Enumerable.Range(0, modes.Count).Where(i => _unstable.Contains(modes[i]))];
    }

    private int? RankOf(int mode, int index)
    {
        var rank = Rows[index].Explanation!.Modes.ToList().IndexOf(mode);
        return rank < 0 ? null : rank;
    }

    private int StrongestAt(int index)
    {
        var row = Rows[index];
        var oscillations = row.Explanation!.Oscillations;
        return oscillations.Count == 0 ? 1
            : 1 + Enumerable.Range(0, oscillations.Count).MaxBy(i => Math.Abs(GradientOscillation(index, i)));
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
