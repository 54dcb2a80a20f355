using LossSpikes.Lab.Figures;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The folder of a diagnosis: diagnosis.json, report.html, figures/ and the run folders of futures/.</summary>
internal static class DiagnosisFolder
{
    /// <summary>Where the futures are.</summary>
    public static string Futures(string folder) => Path.Combine(folder, "futures");

    /// <summary>Makes sure that nothing is there.</summary>
    /// <exception cref="InputException">The folder exists.</exception>
    public static string Require(string folder) => Path.Exists(folder)
        ? throw new InputException($"{folder} exists already and is not overwritten; choose another folder with --out, or remove it")
        : Path.GetFullPath(folder);

    /// <summary>Removes what has been written so far.</summary>
    public static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes everything but the futures.</summary>
    /// <returns>The file of the page.</returns>
    public static string Write(string folder, SpikeDiagnosis diagnosis)
    {
        var shown = diagnosis.Futures.Where((f, i) => i == 0 || diagnosis.Advice.Any(a => a.Future == f.Name)).ToList();
        var figure = FutureFigure.Draw(shown, "From before the spike: as it was, and with a change", "before the spike")
            .Save(Path.Combine(folder, "figures"), "futures", FigureFormat.Png);
        var page = Path.Combine(folder, "report.html");
        AtomicFile.WriteText(Path.Combine(folder, "diagnosis.json"), diagnosis.Describe() + "\n");
        AtomicFile.WriteText(page, DiagnosisPage.Write(diagnosis, figure));
        return page;
    }
}
