using LossSpikes.Lab.Comparison;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// The numbers of one run as plain columns that only grow, with its events: written by the thread that trains, read by every
/// page. Rows never change once they are there, so a reader holds the lock only to learn how many there are.
/// </summary>
internal sealed class RunTrace(RunHeader header) : IMonitorSink
{
    private readonly Lock _lock = new();
    private Column[] _schema = [];
    private double[][] _columns = [];
    private MonitorEvent[] _events = [];
    private int _rows, _happened, _generation;
    private RunStatus _status = new(RunPhase.Watched, 0, double.NaN);
    private IReadOnlyList<RateChange> _changes = [];

    /// <summary>What does not change about the run.</summary>
    public RunHeader Header { get; } = header;

    /// <summary>The state of the run.</summary>
    public RunStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }

        set
        {
            lock (_lock)
            {
                _status = value;
            }
        }
    }

    /// <summary>The interventions; replaced whole at every change.</summary>
    public IReadOnlyList<RateChange> Changes
    {
        set
        {
            lock (_lock)
            {
                _changes = value;
            }
        }
    }

    /// <summary>Takes the columns that pages show; the first schema counts until everything is cleared.</summary>
    public void Begin(MeasurementSchema schema)
    {
        lock (_lock)
        {
            if (_schema.Length == 0)
            {
                _schema = [.. schema.Columns.Where(c => !c.IsDetail)];
                _columns = [.. _schema.Select(_ => Array.Empty<double>())];
            }
        }
    }

    public void Record(Measurement measurement)
    {
        lock (_lock)
        {
            if (_rows == _columns[0].Length)
            {
                // Arrays that a reader holds stay as they are.
                _columns = [.. _columns.Select(c => Grown(c, Math.Max(256, 2 * _rows)))];
            }

            for (var i = 0; i < _schema.Length; i++)
            {
                _columns[i][_rows] = _schema[i].Get(measurement) ?? double.NaN;
            }

            _rows++;
        }
    }

    public void Record(MonitorEvent happened)
    {
        if (!happened.IsNotable)
        {
            return;
        }

        lock (_lock)
        {
            if (_happened == _events.Length)
            {
                Array.Resize(ref _events, Math.Max(16, 2 * _happened));
            }

            _events[_happened++] = happened;
        }
    }

    /// <summary>Adds what a run recorded before it was interrupted.</summary>
    public void Recall(RecordedRun past)
    {
        Begin(past.Metrics.Schema);
        foreach (var seen in past.Measurements)
        {
            Record(seen);
        }

        foreach (var happened in past.Events)
        {
            Record(happened);
        }
    }

    /// <summary>Forgets everything: the folder that was watched has been truncated.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            (_schema, _columns, _events) = ([], [], []);
            (_rows, _happened) = (0, 0);
            _generation++;
        }
    }

    /// <summary>What is known now.</summary>
    public TraceSnapshot Now()
    {
        lock (_lock)
        {
            return new TraceSnapshot(_generation, _schema, _columns, _rows, new ArraySegment<MonitorEvent>(_events, 0, _happened), _status, _changes);
        }
    }

    private static double[] Grown(double[] column, int length)
    {
        var grown = new double[length];
        column.CopyTo(grown, 0);
        return grown;
    }
}

/// <summary>What was known of a run at one moment.</summary>
/// <param name="Generation">Another number after everything was forgotten.</param>
/// <param name="Schema">The columns; none before the first row.</param>
/// <param name="Columns">Their values; what lies beyond <paramref name="Rows"/> does not count.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="Events">The events.</param>
/// <param name="Status">The state of the run.</param>
/// <param name="Changes">The interventions.</param>
internal readonly record struct TraceSnapshot(
    int Generation,
    IReadOnlyList<Column> Schema,
    double[][] Columns,
    int Rows,
    ArraySegment<MonitorEvent> Events,
    RunStatus Status,
    IReadOnlyList<RateChange> Changes)
{
    /// <summary>All rows of a range of steps, column by column; none where they are more than a page may ask for at once.</summary>
    /// <param name="from">The first step.</param>
    /// <param name="to">The last step.</param>
    /// <param name="most">How many rows there may be.</param>
    public IReadOnlyDictionary<string, double?[]> Between(int from, int to, int most)
    {
        if (Rows == 0)
        {
            return new Dictionary<string, double?[]>();
        }

        var steps = Columns[0].AsSpan(0, Rows);
        var (first, end) = (At(steps, from), At(steps, to + 1.0));
        return end - first > most
            ? throw new InputException($"steps {from} to {to} are {end - first} rows, and at most {most} are sent at once")
            : Schema.Zip(Columns).ToDictionary(
                c => c.First.Name, c => c.Second[first..Math.Max(first, end)].Select(v => double.IsFinite(v) ? v : (double?)null).ToArray());

        static int At(Span<double> steps, double step) => steps.BinarySearch(step) is >= 0 and var found ? found : ~steps.BinarySearch(step);
    }

    /// <summary>The run for a comparison, from memory; at least one row.</summary>
    public ComparedRun Compared(string name)
    {
        var rows = Rows;
        return new ComparedRun(
            name, new MetricsTable(name, new MeasurementSchema(Schema), [.. Columns.Select(c => c[..rows])]), [.. Events.OfType<SpikeEvent>()]);
    }
}
