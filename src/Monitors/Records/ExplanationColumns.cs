
namespace LossSpikes.Monitors.Records;

/// <summary>The columns of metrics.csv that explanations add, named once for writing and for reading.</summary>
/// <param name="eigenvalues">k, how many eigenvalues are reported.</param>
/// <param name="guards">How many more are tracked.</param>
public sealed class ExplanationColumns(int eigenvalues, int guards)
{
    private const string Rate = "learning_rate", Energy = "oscillation_energy", BurstRank = "burst_rank", BurstAlpha = "burst_alpha", BurstBeta = "burst_beta";

    private static readonly (string Name, Func<StepExplanation, double?> Value)[] Terms =
    [
        ("alpha", e => e.Alpha),
        ("beta", e => e.Beta),
        ("delta", e => e.Delta),
        ("x", e => e.X),
        ("x_alternating", e => e.XAlternating),
        ("x_slow", e => e.XSlow),
        ("y", e => e.Y),
        ("sharpness_gradient_norm", e => e.SharpnessGradientNorm),
        ("linear_share", e => e.LinearShare),
        ("cubic_share", e => e.CubicShare),
        ("remaining_share", e => e.RemainingShare),
        ("alignment", e => e.Alignment),
    ];

    /// <summary>Their names, in order.</summary>
    public IReadOnlyList<string> Names { get; } =
    [
        .. Guards(guards), .. Oscillations(eigenvalues + guards), .. Modes(eigenvalues + guards), Energy, Rate,
        .. Terms.Select(t => t.Name), BurstRank, BurstAlpha, BurstBeta,
    ];

    /// <summary>One row, null where a cell is empty.</summary>
    public IEnumerable<double?> Row(StepExplanation? explanation)
    {
        var tracked = eigenvalues + guards;
        return explanation is null ? Names.Select(_ => (double?)null) :
        [
            .. Padded(explanation.Guards, guards), .. Padded(explanation.Oscillations, tracked), .. Padded([.. explanation.Modes.Select(m => (double)m)], tracked),
            explanation.OscillationEnergy, explanation.LearningRate,
            .. Terms.Select(t => t.Value(explanation)),
            explanation.Burst?.Rank, explanation.Burst?.Alpha, explanation.Burst?.Beta,
        ];
    }

    /// <summary>The row that was written, or null where its step was not measured.</summary>
    /// <param name="cell">The value in a column, null where its cell is empty.</param>
    public StepExplanation? Read(Func<string, double?> cell)
    {
        if (cell(Energy) is not { } energy)
        {
            return null;
        }

        var terms = Terms.ToDictionary(t => t.Name, t => cell(t.Name));
        return new StepExplanation
        {
            Guards = Present(Guards(guards)),
            Oscillations = Present(Oscillations(eigenvalues + guards)),
            Modes = [.. Present(Modes(eigenvalues + guards)).Select(m => (int)m)],
            OscillationEnergy = energy,
            LearningRate = cell(Rate),
            Alpha = terms["alpha"],
            Beta = terms["beta"],
            Delta = terms["delta"],
            X = terms["x"],
            XAlternating = terms["x_alternating"],
            XSlow = terms["x_slow"],
            Y = terms["y"],
            SharpnessGradientNorm = terms["sharpness_gradient_norm"],
            LinearShare = terms["linear_share"],
            CubicShare = terms["cubic_share"],
            RemainingShare = terms["remaining_share"],
            Alignment = terms["alignment"],
            Burst = cell(BurstRank) is { } rank ? new Burst((int)rank, cell(BurstAlpha) ?? double.NaN, cell(BurstBeta) ?? double.NaN) : null,
        };

        double[] Present(IEnumerable<string> names) => [.. names.Select(cell).OfType<double>()];
    }

    private static IEnumerable<string> Guards(int count) => Numbered("guard_", count);

    private static IEnumerable<string> Oscillations(int count) => Numbered("oscillation_v", count);

    private static IEnumerable<string> Modes(int count) => Numbered("mode_v", count);

    private static IEnumerable<string> Numbered(string name, int count) => Enumerable.Range(1, count).Select(i => $"{name}{i}");

    private static IEnumerable<double?> Padded(IReadOnlyList<double> values, int count) =>
        Enumerable.Range(0, count).Select(i => i < values.Count ? values[i] : (double?)null);
}
