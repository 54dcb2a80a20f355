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
        var page = new Page($"Why did the loss of {d.Name} spike?");
        page.Paragraph($"{char.ToUpperInvariant(d.Answer[0])}{d.Answer[1..]}.");
        page.Picture(figure, "Loss and S/T of the training from before the spike on, as it was and with each change", "futures; their data are in futures/");
        page.Heading("Causes");
        page.Table(new PageTable(["Cause", "", "Number", "Counts if", "Why"],
        [
            .. d.Causes.Select(c => (IReadOnlyList<PageCell>)
            [
                new PageCell(Words(c.Name)) { Heads = true },
                new PageCell(Word(c.Standing)) { Class = c.Standing switch { Standing.Found => "confirmed", Standing.Undecided => "partly", _ => null } },
                Number(c.Number), c.Criterion, c.Sentence,
            ]),
        ]));
        page.Heading("What was tried");
        page.Table(new PageTable(["Change", "Spike", "What it did"],
        [
            .. d.Advice.Select(a => (IReadOnlyList<PageCell>)
            [
                new PageCell(a.Change) { Heads = true },
                new PageCell(a.StayedAway ? "stayed away" : "came") { Class = a.StayedAway ? "confirmed" : "contradicted" },
                a.Sentence,
            ]),
        ])
        { Caption = "Each change was replayed from the moment before the spike, on the given data; η* is the largest learning rate that is stable there" });
        page.Table(FactTables.Futures(d.Futures));
        if (d.NotDecidable.Count > 0)
        {
            page.Heading("What these inputs cannot decide");
            page.List(d.NotDecidable);
        }

        page.Heading("Measured");
        page.Table(FactTables.Measured(d.Before, d.After, ("Before", "After"), CubicTerm(d)));
        page.Heading("Which parameters carry it", 3);
        page.Table(FactTables.Parameters(d.Before));
        if (d.Batches is { Window.Count: > 0 } batches)
        {
            page.Heading("The batches of the spike", 3);
            page.Table(Window(batches));
        }

        if (d.Assumptions.Count > 0)
        {
            page.Heading("Taken for granted");
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
    { Caption = Text($"Compared with {batches.Others} random batches, whose median loss was {batches.OthersBefore:G4} before{(batches.OthersAfter is { } after ? Text($" and {after:G4} after") : "")}") };

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
