using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// A run folder, read once: the one source of figures, reports, comparisons, replays and resumed runs. Nothing in it is executed.
/// </summary>
internal sealed class RecordedRun
{
    /// <summary>The files of a run folder.</summary>
    public const string ConfigFile = "config.yaml", MetricsFile = "metrics.csv", EventsFile = "events.jsonl", SummaryFile = "summary.json";

    private readonly Lazy<IReadOnlyList<Measurement>> _measurements;

    private RecordedRun(string directory, Experiment? experiment, MetricsTable metrics, IReadOnlyList<MonitorEvent> events)
    {
        (Directory, Experiment, Metrics, Events) = (directory, experiment, metrics, events);
        Spikes = [.. events.OfType<SpikeEvent>()];
        _measurements = new(() => [.. Enumerable.Range(0, metrics.Rows).Select(metrics.Measurement)]);
    }

    /// <summary>The folder.</summary>
    public string Directory { get; }

    /// <summary>The experiment of config.yaml; null where there is no such file.</summary>
    public Experiment? Experiment { get; }

    /// <summary>The run's name: that of its experiment, or the folder's.</summary>
    public string Name => Experiment?.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Directory)));

    /// <summary>The formula of the stability threshold; that of gradient descent where the experiment is unknown.</summary>
    public string ThresholdFormula => Experiment?.Optimizer.Formula ?? "2/η";

    /// <summary>The matrix whose eigenvalues count, for labels.</summary>
    public string Matrix => Experiment?.Optimizer.Matrix is { } matrix and not "H" ? matrix : "the Hessian";

    /// <summary>metrics.csv, column by column.</summary>
    public MetricsTable Metrics { get; }

    /// <summary>metrics.csv, row by row, as the monitor measured it.</summary>
    public IReadOnlyList<Measurement> Measurements => _measurements.Value;

    /// <summary>events.jsonl.</summary>
    public IReadOnlyList<MonitorEvent> Events { get; }

    /// <summary>The spikes among the events.</summary>
    public IReadOnlyList<SpikeEvent> Spikes { get; }

    /// <summary>The first step above the threshold, or null.</summary>
    public long? FirstCrossing => Events.OfType<CrossingEvent>().FirstOrDefault(c => c.Direction == CrossingDirection.Up)?.Step;

    /// <summary>The steps at which audits were made.</summary>
    public IReadOnlySet<long> AuditSteps => Events.OfType<AuditEvent>().Select(a => a.Step).ToHashSet();

    /// <summary>Where the run's figures belong; the folder need not exist.</summary>
    public string FiguresDirectory => Path.Combine(Directory, "figures");

    /// <summary>Reads a run folder, finished or not. Cost: bounded by the sizes that <see cref="RunFile"/> accepts.</summary>
    /// <exception cref="InputException">There is no such folder, or a file in it is missing or broken.</exception>
    public static RecordedRun Open(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            throw new RunException($"{directory}: there is no such run folder");
        }

        var config = Path.Combine(directory, ConfigFile);
        return new RecordedRun(
            directory,
            File.Exists(config) ? ExperimentFile.Load(config, []) : null,
            MetricsTable.Read(Path.Combine(directory, MetricsFile)),
            EventLog.Read(Path.Combine(directory, EventsFile)));
    }

    /// <summary>Whether a run came to its end, so that its summary is there.</summary>
    public static bool IsFinished(string directory) => File.Exists(Path.Combine(directory, SummaryFile));
}
