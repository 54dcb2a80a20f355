using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Figures;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Spectra;

/// <summary>spectrum.json, and the folder around it.</summary>
/// <param name="Name">The name of the experiment.</param>
/// <param name="Matrix">Whose eigenvalues.</param>
/// <param name="Settings">How they were measured.</param>
/// <param name="Spectra">Step by step.</param>
internal sealed record SpectrumReport(string Name, string Matrix, SpectrumSettings Settings, IReadOnlyList<SpectrumReading> Spectra)
{
    private static readonly JsonSerializerOptions Json = new(RecordJson.Options) { WriteIndented = true };

    /// <summary>Writes spectrum.json, spectrum.csv, density.csv, quadrature.csv and the figures.</summary>
    /// <returns>The file of the first figure.</returns>
    public string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        SpectrumTables.WriteSteps(Path.Combine(folder, "spectrum.csv"), Spectra);
        SpectrumTables.WriteDensity(Path.Combine(folder, "density.csv"), Spectra);
        SpectrumTables.WriteQuadrature(Path.Combine(folder, "quadrature.csv"), Spectra);
        AtomicFile.WriteText(Path.Combine(folder, "spectrum.json"), Describe() + "\n");
        var figures = Path.Combine(folder, "figures");
        if (Spectra.Count > 1)
        {
            SpectrumFigures.Along(Spectra, Matrix, Name).Save(figures, "along", FigureFormat.Png);
        }

        return SpectrumFigures.Density(Spectra, Matrix, Name).Save(figures, "density", FigureFormat.Png);
    }

    /// <summary>The report as JSON, with further values.</summary>
    public string Describe(params IEnumerable<(string Key, string Value)> more)
    {
        var json = JsonSerializer.SerializeToNode(this, Json)!;
        foreach (var (key, value) in more)
        {
            json[key] = value;
        }

        return json.ToJsonString(Json);
    }

    /// <summary>A few lines for each step.</summary>
    public string Text() => string.Join('\n', Spectra.Select(Text));

    private static string Text(SpectrumReading r)
    {
        List<string> lines =
        [
            Invariant($"step {r.Step}: loss {r.Loss:G6}, {r.Parameters} parameters, {r.Products} products"),
            .. r.Eigenvalues.Select((e, i) => Invariant($"  {(i == r.Eigenvalues.Count - 1 ? "λ_min" : $"λ{TickText.Subscript(i + 1)}")} = {e.Value:G6}")
                + (e.Converged ? "" : Invariant($", not converged (residual {e.Residual:G2})"))
                + (e.GaussNewton is { } g ? Invariant($" = {g:G5} (Gauss–Newton) {(e.Rest < 0 ? "−" : "+")} {Math.Abs(e.Rest!.Value):G5} (rest)") : "")),
            r.TraceError == 0 ? Invariant($"  trace {r.Trace:G6}")
                : Invariant($"  trace {r.Trace:G6} ± {NumberText.Rounded(r.TraceError, 2)} (95 %, Hutch++)"),
            $"  {NegativeText.Of(r)}",
        ];
        return string.Join('\n', r.NoSplit is null ? lines : [.. lines, $"  no split: {r.NoSplit}"]);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
