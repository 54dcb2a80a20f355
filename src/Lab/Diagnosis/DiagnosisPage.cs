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
        page.Table(FactTables.Futures(d.Futures));
        if (d.NotDecidable.Count > 0)
        {
            page.Heading("What these inputs cannot decide");
            page.List(d.NotDecidable);
        }

        page.Heading("Measured");
        page.Table(FactTables.Measured(d.Before, d.After, ("Before", "After"), CubicTerm(d)));
        page.Heading("Which parameters the sharpest direction moves", 3);
        page.Table(FactTables.Parameters(d.Before));
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

    private static IReadOnlyList<(string Name, double? Value)> CubicTerm(SpikeDiagnosis d) =>
    [
        .. d.Alpha is null ? [] : ((string, double?)[])[("α, progressive sharpening", d.Alpha), ("β of the cubic term", d.Beta)],
        .. d.Precision is not { } p ? [] : ((string, double?)[])[("loss in float64", p.LossInDouble), ("|g − g₆₄|/|g₆₄|", p.GradientError)],
    ];

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
