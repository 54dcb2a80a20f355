using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Pages;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Advising;

/// <summary>The folder of an outlook: advice.json, report.html, figures/ and the run folders of futures/.</summary>
internal static class OutlookPage
{
    /// <summary>Writes everything but the futures.</summary>
    /// <returns>The file of the page.</returns>
    public static string Write(string folder, Outlook outlook)
    {
        var figure = FutureFigure.Draw(outlook.Futures, "From the start: as planned, and with other learning rates", "the start")
            .Save(Path.Combine(folder, "figures"), "futures", FigureFormat.Png);
        var page = new Page($"Before {outlook.Name} begins");
        page.List([.. outlook.Advice.Select(a => $"{(char.IsAscii(a[0]) ? char.ToUpperInvariant(a[0]) : a[0])}{a[1..]}.")]);
        page.Picture(figure, "Loss and S/T of the run as planned and with other learning rates", "futures; their data are in futures/");
        page.Heading("Measured");
        page.Table(FactTables.Measured(outlook.Start, outlook.AfterWarmUp, ("At the start", "After the warm-up"), []));
        page.Heading("Which parameters the sharpest direction moves", 3);
        page.Table(FactTables.Parameters(outlook.Start));
        page.Heading("All replays", 3);
        page.Table(FactTables.Futures(outlook.Futures));
        var path = Path.Combine(folder, "report.html");
        AtomicFile.WriteText(Path.Combine(folder, "advice.json"), outlook.Describe() + "\n");
        AtomicFile.WriteText(path, page.ToString());
        return path;
    }
}
