using System.Globalization;
using LossSpikes.Lab.Pages;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Tables of what was measured.</summary>
internal static class FactTables
{
    private const int MostParameters = 12;

    /// <summary>What each future did.</summary>
    public static PageTable Futures(IReadOnlyList<Future> futures) => new(["Replay", "Spike at step", "Highest loss", "Last loss", "Highest S/T"],
    [
        .. futures.Select(f => (IReadOnlyList<PageCell>)
        [
            new PageCell(f.Change) { Heads = true },
            f.Spiked ? f.SpikeStep is { } step ? Text($"{step}") : "diverged" : "none", Number(f.HighestLoss), Number(f.EndLoss), Number(f.HighestRatio),
        ]),
    ]);

    /// <summary>The numbers of one moment, and of a later one.</summary>
    /// <param name="first">The moment.</param>
    /// <param name="second">The later one, or null.</param>
    /// <param name="heads">What they are called.</param>
    /// <param name="more">Further numbers of the first moment.</param>
    public static PageTable Measured(
        PointFacts first, PointFacts? second, (string First, string Second) heads, IReadOnlyList<(string Name, double? Value)> more)
    {
        List<(string Name, Func<PointFacts, string> Value)> rows =
        [
            ("step of the optimizer", p => Text($"{p.Step}")),
            ("loss", p => Number(p.Loss)),
            ("|g|", p => Number(p.GradientNorm)),
            ("η", p => Number(p.LearningRate)),
            ($"S = λ₁ of {first.Matrix}", p => Number(p.Eigenvalues[0])),
            ("λ₂, …", p => string.Join(", ", p.Eigenvalues.Skip(1).Select(v => Number(v)))),
            ("λ₁ of H", p => Number((p.HessianEigenvalues ?? p.Eigenvalues)[0])),
            ($"T = {first.Formula}", p => Number(p.Threshold)),
            ("S/T", p => Number(p.Ratio)),
            ("η*, the largest stable learning rate", p => Number(p.LargestStableLearningRate)),
            ("κ along the next update (above 2 the loss rises)", p => Number(p.UpdateCurvature)),
            ("eigenvalues", p => p.Converged ? "converged" : "not converged"),
        ];
        return new PageTable(second is null ? ["", heads.First] : ["", heads.First, heads.Second],
        [
            .. rows.Select(r => Row(r.Name, r.Value(first), second is null ? null : r.Value(second))),
            .. more.Select(m => Row(m.Name, Number(m.Value), second is null ? null : "")),
        ]);

        static IReadOnlyList<PageCell> Row(string name, string value, string? later) =>
            [new PageCell(name) { Heads = true }, value, .. later is null ? [] : (PageCell[])[later]];
    }

    /// <summary>Which parameters the first eigenvector consists of, those with the largest share.</summary>
    public static PageTable Parameters(PointFacts p) => new(["Parameter", "Σu²", "Update/weight", "rms of g/√v̂"],
    [
        .. p.Parameters.OrderByDescending(x => x.Share).Take(MostParameters).Select(x => (IReadOnlyList<PageCell>)
            [new PageCell(x.Name) { Heads = true }, Text($"{x.Share:F3}"), Number(x.UpdateRatio), Number(x.Staleness)]),
    ])
    { Caption = "u is the unit eigenvector of S; Σu² is the share of each parameter in it" };

    private static string Number(double? value) => value is { } v ? v.ToString("G5", CultureInfo.InvariantCulture) : "–";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
