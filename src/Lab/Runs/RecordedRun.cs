using System.Text;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles.Messages;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// A run folder, read once: the one source of figures, reports, comparisons, replays and resumed runs. Nothing in it is executed.
/// </summary>
internal sealed class RecordedRun
{
    /// <summary>The files of a run folder.</summary>
    public const string ConfigFile = "config.yaml", MetricsFile = "metrics.csv", EventsFile = "events.jsonl", SummaryFile = "summary.json";

    private const string NameKey = "name:", VerdictKey = "verdict";

    private readonly Lazy<IReadOnlyList<Measurement>> _measurements;
    private readonly Lazy<Experiment?> _experiment;

    private RecordedRun(string directory, string name, MetricsTable metrics, IReadOnlyList<MonitorEvent> events)
    {
        (Directory, Name, Metrics, Events) = (directory, name, metrics, events);
        Spikes = [.. events.OfType<SpikeEvent>().Where(s => s.IsInstability)];
        Rises = [.. events.OfType<SpikeEvent>().Where(s => !s.IsInstability)];
        _measurements = new(() => [.. Enumerable.Range(0, metrics.Rows).Select(metrics.Measurement)]);
        _experiment = new(Described);
    }

    /// <summary>The folder.</summary>
    public string Directory { get; }

    /// <summary>The run's name: that of its experiment, or the folder's.</summary>
    public string Name { get; }

    /// <summary>The experiment of config.yaml, read when it is needed.</summary>
    /// <exception cref="InputException">There is no config.yaml, or it is no experiment of this version.</exception>
    public Experiment Experiment => ExperimentFile.Load(Path.Combine(Directory, ConfigFile), []);

    /// <summary>The same where only a page is drawn from it: null where config.yaml is no experiment.</summary>
    public Experiment? Settings => _experiment.Value;

    /// <summary>The formula of the stability threshold; that of gradient descent where config.yaml does not say.</summary>
    public string ThresholdFormula => Settings?.Optimizer.Formula ?? "2/η";

    /// <summary>The matrix whose eigenvalues count, for labels.</summary>
    public string Matrix => Settings?.Optimizer.Matrix is { } matrix and not "H" ? matrix : "the Hessian";

    /// <summary>metrics.csv, column by column.</summary>
    public MetricsTable Metrics { get; }

    /// <summary>metrics.csv, row by row, as the monitor measured it.</summary>
    public IReadOnlyList<Measurement> Measurements => _measurements.Value;

    /// <summary>events.jsonl.</summary>
    public IReadOnlyList<MonitorEvent> Events { get; }

    /// <summary>The spikes among the events: the rises of the loss with an instability behind them.</summary>
    public IReadOnlyList<SpikeEvent> Spikes { get; }

    /// <summary>The other rises of the loss.</summary>
    public IReadOnlyList<SpikeEvent> Rises { get; }

    /// <summary>The first step above the threshold, or null.</summary>
    public long? FirstCrossing => Events.OfType<CrossingEvent>().FirstOrDefault(c => c.Direction == CrossingDirection.Up)?.Step;

    /// <summary>The audits that were made.</summary>
    public IEnumerable<AuditEvent> Audits => Events.OfType<AuditEvent>();

    /// <summary>Where the run's figures belong; the folder need not exist.</summary>
    public string FiguresDirectory => Path.Combine(Directory, "figures");

    /// <summary>The verdict of a finished run, from its summary; null where there is none.</summary>
    public string? Verdict
    {
        get
        {
            var path = Path.Combine(Directory, SummaryFile);
            try
            {
                using var summary = File.Exists(path) ? JsonDocument.Parse(RunFile.CompleteLines(path)) : null;
                return summary?.RootElement.TryGetProperty(VerdictKey, out var verdict) == true ? verdict.GetString() : null;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return null; // figures do not need it
            }
        }
    }

    /// <summary>Reads a run folder, finished or not. Cost: bounded by the sizes that <see cref="RunFile"/> accepts.</summary>
    /// <exception cref="InputException">There is no such folder, or a file in it is missing or broken.</exception>
    public static RecordedRun Open(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            throw new RunException($"{directory}: there is no such run folder");
        }

        return new RecordedRun(
            directory, NameOf(directory), MetricsTable.Read(Path.Combine(directory, MetricsFile)), EventLog.Read(Path.Combine(directory, EventsFile)));
    }

    /// <summary>Whether a run came to its end, so that its summary is there.</summary>
    public static bool IsFinished(string directory) => File.Exists(Path.Combine(directory, SummaryFile));

    /// <summary>The experiment, or null: figures do not need it.</summary>
    private Experiment? Described()
    {
        try
        {
            return File.Exists(Path.Combine(Directory, ConfigFile)) ? Experiment : null;
        }
        catch (InputException)
        {
            return null;
        }
    }

    private static string NameOf(string directory)
    {
        var config = Path.Combine(directory, ConfigFile);
        var text = File.Exists(config) ? Encoding.UTF8.GetString(RunFile.CompleteLines(config).Span) : "";
        var lines = text.Split('\n');
        var index = Array.FindIndex(lines, l => l.StartsWith(NameKey, StringComparison.Ordinal));
        try
        {
            var name = index < 0 ? null : new DeserializerBuilder().Build().Deserialize<string?>(lines[index][NameKey.Length..]);
            return string.IsNullOrWhiteSpace(name) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))) : Excerpt.Of(name, 100);
        }
        catch (YamlException e)
        {
            throw RunException.At(config, index + 1, $"expected the run's name ({Excerpt.Of(e.Message)})", e);
        }
    }
}
