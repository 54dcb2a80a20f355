using System.Globalization;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Monitors.Sinks;

/// <summary>
/// metrics.csv: one row per step with the header
/// <c>step,loss,accuracy,gradient_norm,sharpness,lambda_2,…,threshold,gradient_dot_v1,…,residual,hvps,seconds</c>, and
/// before <c>residual</c> <c>raw_sharpness</c> for an optimizer with a preconditioner and <see cref="ExplanationColumns"/>.
/// Numbers are written so that they read back exactly; cells are empty where nothing was measured.
/// </summary>
public sealed class CsvSink : IMonitorSink, IDisposable
{
    private readonly AppendOnlyFile _file;
    private readonly int _eigenvalues;
    private readonly bool _preconditioned;
    private readonly ExplanationColumns? _explanation;

    /// <summary>Creates the file, which must not exist, and writes the header; or goes on with one.</summary>
    /// <param name="path">Where.</param>
    /// <param name="eigenvalues">k, how many eigenvalues the monitor reports.</param>
    /// <param name="preconditioned">Whether there is a column for the sharpness of H itself.</param>
    /// <param name="explanation">The columns of explanations; null where there are none.</param>
    /// <param name="keep">To go on with a file: the number of bytes that stay; null to create it.</param>
    /// <exception cref="IOException">The file exists, or is shorter than what should stay, or cannot be written.</exception>
    public CsvSink(string path, int eigenvalues, bool preconditioned = false, ExplanationColumns? explanation = null, long? keep = null)
    {
        (_eigenvalues, _preconditioned, _explanation) = (eigenvalues, preconditioned, explanation);
        _file = new AppendOnlyFile(path, keep);
        if (keep is not null)
        {
            return;
        }

        var ranks = Enumerable.Range(1, eigenvalues).ToArray();
        _file.Append(string.Join(',', (string[])
        [
            "step", "loss", "accuracy", "gradient_norm",
            .. ranks.Select(i => i == 1 ? "sharpness" : $"lambda_{i}"),
            "threshold",
            .. ranks.Select(i => $"gradient_dot_v{i}"),
            .. preconditioned ? ["raw_sharpness"] : (string[])[],
            .. explanation?.Names ?? [],
            "residual", "hvps", "seconds",
        ]));
    }

    /// <summary>Bytes written so far.</summary>
    public long Length => _file.Length;

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public void Record(Measurement measurement) => _file.Append(string.Join(',', (string[])
    [
        measurement.Step.ToString(CultureInfo.InvariantCulture),
        Cell(measurement.Loss),
        Cell(measurement.Accuracy),
        Cell(measurement.GradientNorm),
        .. Cells(measurement.Eigenvalues),
        Cell(measurement.Threshold),
        .. Cells(measurement.GradientDots),
        .. _preconditioned ? [Cell(measurement.HessianSharpness)] : (string[])[],
        .. _explanation?.Row(measurement.Explanation).Select(Cell) ?? [],
        Cell(measurement.Residual),
        measurement.Products.ToString(CultureInfo.InvariantCulture),
        measurement.Seconds.ToString("F3", CultureInfo.InvariantCulture),
    ]));

    /// <summary>Does nothing: events have a file of their own.</summary>
    public void Record(MonitorEvent happened)
    {
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private IEnumerable<string> Cells(IReadOnlyList<double> values) =>
        Enumerable.Range(0, _eigenvalues).Select(i => i < values.Count ? Cell(values[i]) : "");

    // pandas and C's strtod read nan and inf; .NET would write NaN and ∞.
    private static string Cell(double? value) => value switch
    {
        null => "",
        double.NaN => "nan",
        double.PositiveInfinity => "inf",
        double.NegativeInfinity => "-inf",
        { } v => v.ToString("R", CultureInfo.InvariantCulture),
    };
}
