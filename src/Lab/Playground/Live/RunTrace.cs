using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// The numbers of one run as plain columns that only grow, with its events: written by the thread that trains, read by every
/// page. Rows that are there do not change any more, so a reader holds the lock only to learn how many there are.
/// </summary>
internal sealed class RunTrace : IMonitorSink
{
    private readonly Lock _lock = new();
    private readonly int _eigenvalues, _guards;
    private double[][] _columns;
    private MonitorEvent[] _events = [];
    private int _rows, _happened, _generation;
    private RunStatus _status;

    /// <param name="header">What does not change.</param>
    /// <param name="experiment">What is run: it says which columns there are.</param>
    public RunTrace(RunHeader header, Experiment experiment)
    {
        (Header, Optimizer) = (header, experiment.Optimizer);
        (_eigenvalues, _guards) = (experiment.Monitor.Eigenvalues, experiment.Monitor.Explain ? experiment.Monitor.Guards : 0);
        var ranks = Enumerable.Range(1, _eigenvalues).ToArray();
        Names =
        [
            "step", "loss", "accuracy", "gradient_norm",
            .. ranks.Select(i => i == 1 ? "sharpness" : $"lambda_{i}"),
            .. Enumerable.Range(1, _guards).Select(i => $"guard_{i}"),
            "threshold",
            .. ranks.Select(i => $"gradient_dot_v{i}"),
            LearningRateColumn,
        ];
        _columns = [.. Names.Select(_ => Array.Empty<double>())];
        _status = new RunStatus(RunPhase.Watched, 0, LearningRateAt(0));
    }

    /// <summary>The one column that metrics.csv does not have: the η that a step used.</summary>
    public const string LearningRateColumn = "eta";

    /// <summary>What does not change about the run.</summary>
    public RunHeader Header { get; }

    /// <summary>The columns, called as in metrics.csv.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The update rule, whose schedule says which η a step uses. The writer's.</summary>
    public OptimizerSettings Optimizer { get; set; }

    /// <summary>Where the run stands.</summary>
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

    /// <summary>η at a step.</summary>
    public double LearningRateAt(long step) => Optimizer.LearningRateAt(step);

    public void Record(Measurement measurement) => Append(
    [
        measurement.Step, measurement.Loss, measurement.Accuracy ?? double.NaN, measurement.GradientNorm,
        .. Padded(measurement.Eigenvalues, _eigenvalues),
        .. Padded(measurement.Explanation?.Guards ?? [], _guards),
        measurement.Threshold,
        .. Padded(measurement.GradientDots, _eigenvalues),
        LearningRateAt(measurement.Step),
    ]);

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

    /// <summary>Takes in what happened before.</summary>
    public void Recall(PastRun past)
    {
        foreach (var seen in past.Measurements)
        {
            Record(seen);
        }

        foreach (var happened in past.Events)
        {
            Record(happened);
        }
    }

    /// <summary>Adds a row, in the order of <see cref="Names"/>.</summary>
    public void Append(ReadOnlySpan<double> row)
    {
        lock (_lock)
        {
            if (_rows == _columns[0].Length)
            {
                // Arrays that a reader holds stay as they are.
                _columns = [.. _columns.Select(c => Grown(c, Math.Max(256, 2 * _rows)))];
            }

            for (var i = 0; i < row.Length; i++)
            {
                _columns[i][_rows] = row[i];
            }

            _rows++;
        }
    }

    /// <summary>Forgets everything: the folder that was watched has been cut back.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _columns = [.. Names.Select(_ => Array.Empty<double>())];
            _events = [];
            (_rows, _happened) = (0, 0);
            _generation++;
        }
    }

    /// <summary>What is known now.</summary>
    public TraceSnapshot Now()
    {
        lock (_lock)
        {
            return new TraceSnapshot(_generation, _columns, _rows, new ArraySegment<MonitorEvent>(_events, 0, _happened), _status);
        }
    }

    private static IEnumerable<double> Padded(IReadOnlyList<double> values, int count) =>
        Enumerable.Range(0, count).Select(i => i < values.Count ? values[i] : double.NaN);

    private static double[] Grown(double[] column, int length)
    {
        var grown = new double[length];
        column.CopyTo(grown, 0);
        return grown;
    }
}

/// <summary>What was known of a run at one moment.</summary>
/// <param name="Generation">Another number after everything was forgotten.</param>
/// <param name="Columns">The columns; what lies beyond <paramref name="Rows"/> does not count.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="Events">What has happened.</param>
/// <param name="Status">Where the run stood.</param>
internal readonly record struct TraceSnapshot(int Generation, double[][] Columns, int Rows, ArraySegment<MonitorEvent> Events, RunStatus Status);
