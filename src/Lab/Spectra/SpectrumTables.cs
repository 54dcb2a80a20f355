using System.Globalization;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Spectra;

/// <summary>The CSV files of a spectrum: a header, full precision, empty cells for what is not known.</summary>
internal static class SpectrumTables
{
    /// <summary>One row for each step.</summary>
    public static void WriteSteps(string path, IReadOnlyList<SpectrumReading> readings)
    {
        var largest = Enumerable.Range(1, readings[0].Eigenvalues.Count - 1).ToArray();
        Write(
            path,
            [
                "step", "loss", "threshold", .. largest.Select(i => $"lambda_{i}"), "lambda_min", "residual", "converged", "trace", "trace_error",
                "negative", "zero", "negative_share", "negative_share_error",
                .. largest.Select(i => $"gauss_newton_{i}"), "gauss_newton_min", .. largest.Select(i => $"rest_{i}"), "rest_min",
                "smoothing_width", "hvps",
            ],
            readings.Select(r => (double?[])
            [
                r.Step, r.Loss, r.Threshold, .. r.Eigenvalues.Select(e => (double?)e.Value), r.Eigenvalues.Max(e => e.Residual),
                r.Eigenvalues.All(e => e.Converged) ? 1 : 0, r.Trace, r.TraceError, r.Negative, r.Zero, r.NegativeShare, r.NegativeShareError,
                .. r.Eigenvalues.Select(e => e.GaussNewton), .. r.Eigenvalues.Select(e => e.Rest), r.SmoothingWidth, r.Products,
            ]));
    }

    /// <summary>The smoothed density: a row for each step and value of λ.</summary>
    public static void WriteDensity(string path, IReadOnlyList<SpectrumReading> readings) => Write(
        path,
        ["step", "lambda", "density"],
        from reading in readings
        from at in SpectrumGrid.Of(reading)
        select (double?[])[reading.Step, at, reading.Measure.Density(at, reading.SmoothingWidth)]);

    /// <summary>What the density was made from: a row for each step, random vector and value; one vector where every eigenvalue is known.</summary>
    public static void WriteQuadrature(string path, IReadOnlyList<SpectrumReading> readings) => Write(
        path,
        ["step", "vector", "lambda", "weight"],
        from reading in readings
        from probe in reading.Measure.Probes.Index()
        from node in probe.Item
        select (double?[])[reading.Step, probe.Index, node.Value, node.Weight]);

    private static void Write(string path, IReadOnlyList<string> header, IEnumerable<double?[]> rows) => AtomicFile.WriteText(
        path,
        string.Concat(rows.Select(row => string.Join(',', row.Select(Text))).Prepend(string.Join(',', header)).Select(line => line + "\n")));

    private static string Text(double? value) => value is { } number && !double.IsNaN(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";
}
