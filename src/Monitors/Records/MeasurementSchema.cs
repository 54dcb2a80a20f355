namespace LossSpikes.Monitors;

/// <summary>
/// The columns of a run, in order. The monitor builds the schema from what it measures; every writer and every reader walks it, so
/// a new measurement changes none of them.
/// </summary>
public sealed class MeasurementSchema
{
    /// <summary>A schema of given columns.</summary>
    public MeasurementSchema(IEnumerable<Column> columns)
    {
        Columns = [.. columns];
        Names = [.. Columns.Select(c => c.Name)];
    }

    /// <summary>The schema of a run.</summary>
    /// <param name="eigenvalues">k, how many eigenvalues are reported.</param>
    /// <param name="further">The columns of further measurements.</param>
    /// <param name="explainedGuards">How many guards are recorded with explanations; null where explanations are off.</param>
    /// <param name="batches">Whether the optimizer sees mini-batches.</param>
    public static MeasurementSchema Of(int eigenvalues, IEnumerable<Column> further, int? explainedGuards = null, bool batches = false)
    {
        var ranks = Enumerable.Range(1, eigenvalues).ToArray();
        return new MeasurementSchema(
        [
            .. Named("step", "loss"),
            .. batches ? Named("batch_loss") : [],
            .. Named("accuracy", "gradient_norm"),
            .. ranks.Select(MeasurementColumns.Eigenvalue),
            .. Named("threshold", "learning_rate"),
            .. ranks.Select(MeasurementColumns.GradientDot),
            .. further,
            .. explainedGuards is { } guards ? ExplanationColumns.Of(guards, tracked: eigenvalues + guards) : [],
            .. Named("residual", "hvps", "seconds"),
        ]);
    }

    /// <summary>The schema of a file with this header; a name that this version does not know becomes a further measurement.</summary>
    public static MeasurementSchema Parse(IEnumerable<string> names) =>
        new(names.Select(name => MeasurementColumns.Find(name) ?? ExplanationColumns.Find(name) ?? Column.Further(name, "")));

    /// <summary>The columns, in the order of the file.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The place of a column, or −1.</summary>
    public int IndexOf(string name)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The measurement of one row.</summary>
    /// <param name="cell">The value in a column; NaN where the cell is empty.</param>
    public Measurement Read(Func<int, double> cell)
    {
        var seen = new Measurement { Step = 0, Loss = double.NaN, GradientNorm = double.NaN, Threshold = double.NaN };
        for (var i = 0; i < Columns.Count; i++)
        {
            if (cell(i) is var value && !double.IsNaN(value))
            {
                seen = Columns[i].Set(seen, value);
            }
        }

        return seen;
    }

    private static IEnumerable<Column> Named(params IEnumerable<string> names) => names.Select(name => MeasurementColumns.Find(name)!);
}
