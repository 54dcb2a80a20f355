namespace LossSpikes.Monitors;

/// <summary>The columns that explanations add to metrics.csv: the numbers of <see cref="StepExplanation"/>.</summary>
internal static class ExplanationColumns
{
    private const string GuardPrefix = "guard_", OscillationPrefix = "oscillation_v", ModePrefix = "mode_v";

    private static readonly StepExplanation Empty = new() { Guards = [], Modes = [], OscillationEnergy = double.NaN };

    private static readonly Burst NoBurst = new(0, double.NaN, double.NaN);

    private static readonly Column[] Terms =
    [
        Term("oscillation_energy", "loss", e => e.OscillationEnergy, (e, v) => e with { OscillationEnergy = v }),
        Term("alternation", "", e => e.Alternation, (e, v) => e with { Alternation = v }),
        Term("alpha", "", e => e.Alpha, (e, v) => e with { Alpha = v }),
        Term("beta", "", e => e.Beta, (e, v) => e with { Beta = v }),
        Term("delta", "θ", e => e.Delta, (e, v) => e with { Delta = v }),
        Term("x", "θ", e => e.X, (e, v) => e with { X = v }),
        Term("x_alternating", "θ", e => e.XAlternating, (e, v) => e with { XAlternating = v }),
        Term("x_slow", "θ", e => e.XSlow, (e, v) => e with { XSlow = v }),
        Term("y", "loss/θ²", e => e.Y, (e, v) => e with { Y = v }),
        Term("sharpness_gradient_norm", "loss/θ³", e => e.SharpnessGradientNorm, (e, v) => e with { SharpnessGradientNorm = v }),
        Term("linear_share", "", e => e.LinearShare, (e, v) => e with { LinearShare = v }),
        Term("cubic_share", "", e => e.CubicShare, (e, v) => e with { CubicShare = v }),
        Term("remaining_share", "", e => e.RemainingShare, (e, v) => e with { RemainingShare = v }),
        Term("alignment", "", e => e.Alignment, (e, v) => e with { Alignment = v }),
        Term("burst_rank", "", e => e.Burst?.Rank, (e, v) => e with { Burst = NoBurst with { Rank = (int)v } }),
        Term("burst_alpha", "", e => e.Burst?.Alpha, (e, v) => e with { Burst = (e.Burst ?? NoBurst) with { Alpha = v } }),
        Term("burst_beta", "", e => e.Burst?.Beta, (e, v) => e with { Burst = (e.Burst ?? NoBurst) with { Beta = v } }),
    ];

    /// <summary>The columns of an explained run, in the order of the file.</summary>
    /// <param name="guards">How many guards are recorded.</param>
    /// <param name="tracked">How many vectors are tracked, guards included.</param>
    public static IEnumerable<Column> Of(int guards, int tracked) =>
    [
        .. Enumerable.Range(1, guards).Select(Guard),
        .. Enumerable.Range(1, tracked).Select(Oscillation),
        .. Enumerable.Range(1, tracked).Select(Mode),
        .. Terms,
    ];

    /// <summary>The column of this name, or null.</summary>
    public static Column? Find(string name) =>
        Array.Find(Terms, t => t.Name == name)
        ?? (MeasurementColumns.Rank(name, GuardPrefix) is { } guard ? Guard(guard)
            : MeasurementColumns.Rank(name, OscillationPrefix) is { } oscillation ? Oscillation(oscillation)
            : MeasurementColumns.Rank(name, ModePrefix) is { } mode ? Mode(mode)
            : null);

    // Live pages draw the guards next to the reported eigenvalues.
    private static Column Guard(int rank) =>
        Listed($"{GuardPrefix}{rank}", "loss/θ²", rank, e => e.Guards, (e, values) => e with { Guards = values }) with { IsDetail = false };

    private static Column Oscillation(int rank) =>
        Listed($"{OscillationPrefix}{rank}", "θ", rank, e => e.Oscillations, (e, values) => e with { Oscillations = values });

    private static Column Mode(int rank) => Listed(
        $"{ModePrefix}{rank}", "", rank, e => [.. e.Modes.Select(m => (double)m)], (e, values) => e with { Modes = [.. values.Select(v => (int)v)] });

    private static Column Listed(
        string name,
        string unit,
        int rank,
        Func<StepExplanation, IReadOnlyList<double>> get,
        Func<StepExplanation, IReadOnlyList<double>, StepExplanation> set) =>
        MeasurementColumns.Listed(
            name, unit, rank, m => get(m.Explanation ?? Empty), (m, values) => m with { Explanation = set(m.Explanation ?? Empty, values) }) with
        { IsDetail = true };

    private static Column Term(string name, string unit, Func<StepExplanation, double?> get, Func<StepExplanation, double, StepExplanation> set) =>
        new(name, unit, m => m.Explanation is { } e ? get(e) : null, (m, v) => m with { Explanation = set(m.Explanation ?? Empty, v) }) { IsDetail = true };
}
