using System.Text;
using CsvHelper;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Runs;

/// <summary>The measurements of a run, column by column; NaN where a cell is empty. Cost: 8 bytes a cell.</summary>
internal sealed class MetricsTable
{
    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',',
        SkipEmptyLines = false,
        AllowLineBreaksInQuotes = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        TrackLineNumbers = true,
    };

    private readonly string _source;
    private readonly double[][] _columns;

    /// <summary>Takes columns that are in memory.</summary>
    /// <param name="source">Where they come from, for messages.</param>
    /// <param name="schema">Their names and meanings.</param>
    /// <param name="columns">Their values, all of one length.</param>
    public MetricsTable(string source, MeasurementSchema schema, double[][] columns)
    {
        (_source, Schema, _columns) = (source, schema, columns);
        Sharpness = Optional("sharpness");
        Threshold = Optional("threshold");
        Eigenvalues = Measured(i => i == 1 ? "sharpness" : $"lambda_{i}");
        GradientDots = Measured(i => $"gradient_dot_v{i}");
    }

    /// <summary>The columns, in the file's order.</summary>
    public MeasurementSchema Schema { get; }

    public int Rows => Steps.Length;

    /// <summary>Step of each row, ascending.</summary>
    public double[] Steps => this["step"];

    public double[] Loss => this["loss"];

    /// <summary>The loss of each row's mini-batch; null where the optimizer saw all examples.</summary>
    public double[]? BatchLoss => Find("batch_loss");

    /// <summary>The loss that the optimizer saw: of every row, also where the loss itself was not evaluated.</summary>
    public double[] StepLoss => BatchLoss ?? Loss;

    /// <summary>λ₁ of each row; all NaN in a run that measured none.</summary>
    public double[] Sharpness { get; }

    /// <summary>The optimizer's stability threshold of each row; all NaN in a run that has none.</summary>
    public double[] Threshold { get; }

    /// <summary>λ₁, λ₂, … of each row, as many as the run tracked.</summary>
    public IReadOnlyList<double[]> Eigenvalues { get; }

    /// <summary>g·v₁, g·v₂, … of each row, as many as the run tracked.</summary>
    public IReadOnlyList<double[]> GradientDots { get; }

    /// <summary>One column by its name.</summary>
    /// <exception cref="RunException">The file has no such column.</exception>
    public double[] this[string name] => Find(name)
        ?? throw new RunException($"{_source}, line 1: expected a column '{name}' among {Excerpt.OfList(Schema.Names)}");

    /// <summary>Whether there is a column of this name.</summary>
    public bool Has(string name) => Schema.IndexOf(name) >= 0;

    /// <summary>A row as the monitor measured it.</summary>
    public Measurement Measurement(int row) => Schema.Read(column => _columns[column][row]);

    /// <summary>Reads the file. A last row without its line break was cut short by a kill and is left out; anything else unexpected is refused.</summary>
    /// <exception cref="RunException">The file is missing, too large or not a metrics table.</exception>
    public static MetricsTable Read(string path)
    {
        using var reader = CsvReader.Create(RunFile.CompleteLines(path), Options);
        try
        {
            var names = Header(reader, path);
            var cells = names.Select(_ => new List<double>()).ToArray();
            while (reader.Read())
            {
                ReadRow(reader, names, cells, path);
            }

            return new MetricsTable(path, MeasurementSchema.Parse(names), [.. cells.Select(c => c.ToArray())]);
        }
        catch (CsvFormatException e)
        {
            throw RunException.At(path, e.LineNumber, "the quotes do not match", e);
        }
    }

    private static IReadOnlyList<string> Header(CsvReader reader, string path)
    {
        var names = reader.Headers;
        if (names is not ["step", "loss", ..])
        {
            throw RunException.At(path, 1, $"expected a header that begins with step,loss and found '{Excerpt.Of(string.Join(',', names))}'");
        }

        var twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1);
        return twice is null ? names : throw RunException.At(path, 1, $"the column '{Excerpt.Of(twice.Key)}' appears {twice.Count()} times");
    }

    private static void ReadRow(CsvReader reader, IReadOnlyList<string> names, List<double>[] cells, string path)
    {
        if (reader.FieldCount != names.Count)
        {
            throw RunException.At(path, reader.LineNumber, $"expected {names.Count} cells and found {reader.FieldCount}");
        }

        for (var i = 0; i < cells.Length; i++)
        {
            if (!NumberText.TryParse(reader.GetSpan(i), out var value))
            {
                var found = Encoding.UTF8.GetString(reader.GetSpan(i));
                throw RunException.At(path, reader.LineNumber, $"expected a number in column '{Excerpt.Of(names[i])}' and found '{Excerpt.Of(found)}'");
            }

            cells[i].Add(value);
        }

        var steps = cells[0];
        var before = steps.Count > 1 ? steps[^2] : -1;
        if (!(steps[^1] > before) || steps[^1] != Math.Floor(steps[^1]) || double.IsInfinity(steps[^1]))
        {
            throw RunException.At(path, reader.LineNumber, $"expected a whole step above {before} and found '{Excerpt.Of(reader.GetString(0))}'");
        }
    }

    private double[]? Find(string name) => Schema.IndexOf(name) is >= 0 and var index ? _columns[index] : null;

    private double[] Optional(string name)
    {
        if (Find(name) is { } column)
        {
            return column;
        }

        var absent = new double[Rows];
        Array.Fill(absent, double.NaN);
        return absent;
    }

    private IReadOnlyList<double[]> Measured(Func<int, string> name) =>
        [.. Enumerable.Range(1, _columns.Length).Select(rank => Find(name(rank))).TakeWhile(column => column is not null).Select(column => column!)];
}
