using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>
/// metrics.csv: one row per step, with the columns of the run's <see cref="MeasurementSchema"/>. Numbers are written so that they read
/// back exactly; cells are empty where nothing was measured.
/// </summary>
public sealed class CsvSink : IResumableSink
{
    private readonly string _path;
    private readonly AppendOnlyFile _file;
    private IReadOnlyList<Column> _columns = [];

    /// <summary>Creates the file, which must not exist; or continues one.</summary>
    /// <param name="path">The path.</param>
    /// <param name="keep">To continue a file: the number of bytes that stay; null to create it.</param>
    /// <exception cref="IOException">The file exists, or is shorter than what should stay, or cannot be written.</exception>
    public CsvSink(string path, long? keep = null) => (_path, _file) = (path, new AppendOnlyFile(path, keep));

    /// <inheritdoc/>
    public string FileName => Path.GetFileName(_path);

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <inheritdoc/>
    public void Flush() => _file.Flush();

    /// <summary>Writes the header, or makes sure that the continued file has it.</summary>
    /// <exception cref="IOException">The columns of the continued file are others.</exception>
    public void Begin(MeasurementSchema schema)
    {
        _columns = schema.Columns;
        var header = string.Join(',', schema.Names);
        if (Length == 0)
        {
            _file.Append(header);
        }
        else if (File.ReadLines(_path).First() != header)
        {
            throw new IOException($"{_path} has other columns than this run: expected {header}");
        }
    }

    /// <inheritdoc/>
    public void Record(Measurement measurement) => _file.Append(string.Join(',', _columns.Select(c => Cell(c.Get(measurement), c.Format))));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    // pandas and C's strtod read nan and inf; .NET would write NaN and ∞.
    private static string Cell(double? value, string format) => value switch
    {
        null => "",
        double.NaN => "nan",
        double.PositiveInfinity => "inf",
        double.NegativeInfinity => "-inf",
        { } v => v.ToString(format, CultureInfo.InvariantCulture),
    };
}
