using System.Globalization;
using LossSpikes.Lab.Pages;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The page of a diagnosis.</summary>
internal static class DiagnosisPage
{
    private const int MostParameters = 12;

    /// <summary>The page.</summary>
    /// <param name="d">The diagnosis.</param>
    /// <param name="figure">The file of the figure of the futures.</param>
    public static string Write(SpikeDiagnosis d, string figure)
    {
        var page = new Page($"Why did the loss spike? ({d.Name})");
        page.Paragraph($"{char.ToUpperInvariant(d.Answer[0])}{d.Answer[1..]}.");
        page.Picture(
            figure, "Loss and S/T from the checkpoint before the spike on, as it was and with each change", "replays; their run folders are in futures/");
        page.Heading("Causes");
        page.Table(new PageTable(["Cause", "Why"],
        [
            .. d.Causes.Select(c => (IReadOnlyList<PageCell>)
            [
                new PageCell($"{Words(c.Name)}: {Word(c.Standing)}")
                {
                    Heads = true,
                    Class = c.Standing switch { Standing.Found => "confirmed", Standing.Undecided => "partly", _ => null },
                },
                $"{c.Sentence}. Holds if: {c.Criterion}{(c.Number is null ? "" : $"; measured: {Number(c.Number)}")}.",
            ]),
        ]));
        page.Heading("What was tried");
        page.Table(new PageTable(["Change", "Spike", "What it did"],
        [
            .. d.Advice.Select(a => (IReadOnlyList<PageCell>)
            [
                new PageCell(a.Change) { Heads = true },
                new PageCell(a.StayedAway ? "avoided" : "not avoided") { Class = a.StayedAway ? "confirmed" : "contradicted" },
                a.Sentence,
            ]),
        ])
        { Caption = "Each change was replayed from the checkpoint before the spike; η* is the largest stable learning rate there" });
        page.Heading("All replays", 3);
        page.Table(Futures(d));
        if (d.NotDecidable.Count > 0)
        {
            page.Heading("What these inputs cannot decide");
            page.List(d.NotDecidable);
        }

        page.Heading("Measured");
        page.Table(Measured(d));
        page.Heading("Which parameters the sharpest direction moves", 3);
        page.Table(Parameters(d.Before));
        if (d.Batches is { Window.Count: > 0 } batches)
        {
            page.Heading("The batches of the spike", 3);
            page.Table(Window(batches));
        }

        if (d.Assumptions.Count > 0)
        {
            page.Heading("Assumptions");
            page.List(d.Assumptions);
        }

        return page.ToString();
    }

    private static PageTable Futures(SpikeDiagnosis d) => new(["Replay", "Spike at step", "Highest loss", "Last loss", "Highest S/T"],
    [
        .. d.Futures.Select(f => (IReadOnlyList<PageCell>)
        [
            new PageCell(f.Change) { Heads = true },
            f.Spiked ? f.SpikeStep is { } step ? Text($"{step}") : "diverged" : "none", Number(f.HighestLoss), Number(f.EndLoss), Number(f.HighestRatio),
        ]),
    ]);

    private static PageTable Measured(SpikeDiagnosis d)
    {
        List<(string Name, Func<PointFacts, string> Value)> rows =
        [
            ("step of the optimizer", p => Text($"{p.Step}")),
            ("loss", p => Number(p.Loss)),
            ("|g|", p => Number(p.GradientNorm)),
            ("η", p => Number(p.LearningRate)),
            ($"S = λ₁ of {d.Before.Matrix}", p => Number(p.Eigenvalues[0])),
            ("λ₂, …", p => string.Join(", ", p.Eigenvalues.Skip(1).Select(v => Number(v)))),
            ("λ₁ of H", p => Number((p.HessianEigenvalues ?? p.Eigenvalues)[0])),
            ($"T = {d.Before.Formula}", p => Number(p.Threshold)),
            ("S/T", p => Number(p.Ratio)),
            ("η*, the largest stable learning rate", p => Number(p.LargestStableLearningRate)),
            ("κ along the next update (above 2 the loss rises)", p => Number(p.UpdateCurvature)),
            ("eigenvalues", p => p.Converged ? "converged" : "not converged"),
        ];
        return new PageTable(d.After is null ? ["", "Before"] : ["", "Before", "After"],
        [
            .. rows.Select(r => (IReadOnlyList<PageCell>)
                [new PageCell(r.Name) { Heads = true }, r.Value(d.Before), .. d.After is { } a ? [r.Value(a)] : (PageCell[])[]]),
            .. d.Alpha is { } alpha
                ? [Before("α, progressive sharpening", Number(alpha)), Before("β of the cubic term", Number(d.Beta))]
                : (IReadOnlyList<PageCell>[])[],
            .. d.Precision is { } p
                ? [Before("loss in float64", Number(p.LossInDouble)), Before("|g − g₆₄|/|g₆₄|", Number(p.GradientError))]
                : (IReadOnlyList<PageCell>[])[],
        ]);

        IReadOnlyList<PageCell> Before(string name, string value) =>
            [new PageCell(name) { Heads = true }, value, .. d.After is null ? [] : (PageCell[])[""]];
    }

    private static PageTable Parameters(PointFacts p) => new(["Parameter", "Σu²", "Update/weight", "rms of g/√v̂"],
    [
        .. p.Parameters.OrderByDescending(x => x.Share).Take(MostParameters).Select(x => (IReadOnlyList<PageCell>)
            [new PageCell(x.Name) { Heads = true }, Text($"{x.Share:F3}"), Number(x.UpdateRatio), Number(x.Staleness)]),
    ])
    { Caption = "u is the unit eigenvector of S; Σu² is the share of each parameter in it" };

    private static PageTable Window(BatchFacts batches) => new(["Step", "Loss before", "Score before", "Loss after", "Examples"],
    [
        .. batches.Window.OrderByDescending(b => b.ScoreBefore).Take(MostParameters).Select(b => (IReadOnlyList<PageCell>)
        [
            new PageCell(Text($"{b.Step}")) { Heads = true }, Number(b.LossBefore), Text($"{b.ScoreBefore:F1}"), Number(b.LossAfter),
            string.Join(", ", b.Examples.Take(8)) + (b.Examples.Count > 8 ? ", …" : ""),
        ]),
    ])
    {
        Caption = Text($"Compared with {batches.Others} random batches, whose median loss was {batches.OthersBefore:G4} before")
            + $"{(batches.OthersAfter is { } after ? Text($" and {after:G4} after") : "")}",
    };

    private static string Word(Standing standing) => standing switch
    {
        Standing.Found => "found",
        Standing.Undecided => "not decided",
        _ => "excluded",
    };

    private static string Words(string name) => name.Replace('_', ' ');

    private static string Number(double? value) => value is { } v ? v.ToString("G5", CultureInfo.InvariantCulture) : "–";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
