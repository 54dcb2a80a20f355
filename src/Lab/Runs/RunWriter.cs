using System.Text.Json;
using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Records;
using LossSpikes.Monitors.Sinks;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// Creates a run folder and fills it as the run goes. A write that fails is kept for <see cref="ThrowIfFailed"/>: the monitor
/// must not be stopped from inside, and the run must not go on without its record.
/// </summary>
internal sealed class RunWriter : IMonitorSink, IDisposable
{
    private const string SummaryFile = "summary.json";

    private static readonly JsonSerializerOptions Json = new(EventJson.Options) { WriteIndented = true };

    private readonly CsvSink _metrics;
    private readonly JsonLinesSink _events;
    private readonly TensorBoardSink? _board;
    private readonly CancellationTokenSource _failed = new();
    private Exception? _failure;

    private RunWriter(string directory, Experiment experiment, Checkpoint? from)
    {
        Directory = directory;
        _metrics = new CsvSink(Path.Combine(directory, RunFolder.MetricsFile), experiment.Monitor.Eigenvalues, experiment.Optimizer.Preconditioned, experiment.Monitor.Explanations, from?.MetricsLength);
        _events = new JsonLinesSink(Path.Combine(directory, RunFolder.EventsFile), from?.EventsLength);
        _board = experiment.Monitor.Sinks.Contains(SinkKind.Tensorboard)
            ? new TensorBoardSink(Path.Combine(directory, RunFolder.TensorBoardFile), from?.TensorBoardLength)
            : null;
    }

    /// <summary>The run folder, as a full path.</summary>
    public string Directory { get; }

    /// <summary>Cancelled when something could not be written.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Creates the folder with config.yaml and environment.json.</summary>
    /// <param name="directory">Where, or null for <c>runs/NAME</c> (<c>NAME-2</c>, <c>NAME-3</c>, … where that is taken).</param>
    /// <param name="experiment">What is run.</param>
    /// <param name="environment">What it runs on.</param>
    /// <exception cref="InputException">The folder exists or cannot be written.</exception>
    public static RunWriter Create(string? directory, Experiment experiment, EnvironmentReport environment)
    {
        directory = Path.GetFullPath(directory ?? FreeFolder(experiment.Name));
        if (Path.Exists(directory))
        {
            throw new InputException($"{directory} exists already and a run never overwrites one; choose another folder with --out, or remove it");
        }

        try
        {
            System.IO.Directory.CreateDirectory(directory);
            WriteConfig(directory, experiment);
            WriteJson(Path.Combine(directory, "environment.json"), environment);
            return new RunWriter(directory, experiment, from: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the run folder {directory} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Whether a run came to its end, so that its summary is there.</summary>
    public static bool IsFinished(string directory) => File.Exists(Path.Combine(directory, SummaryFile));

    /// <summary>Goes on with a run folder: what was written after <paramref name="from"/> is cut off.</summary>
    /// <exception cref="InputException">The folder cannot be written, or its files are shorter than they were.</exception>
    public static RunWriter Reopen(string directory, Experiment experiment, Checkpoint from)
    {
        try
        {
            var writer = new RunWriter(Path.GetFullPath(directory), experiment, from);
            File.Delete(Path.Combine(directory, SummaryFile));
            WriteConfig(directory, experiment);
            return writer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the run folder {directory} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Bytes of metrics.csv, events.jsonl and TensorBoard's file, where there is one, that are on the disk now.</summary>
    public (long Metrics, long Events, long? TensorBoard) Flush()
    {
        Guard(_metrics.Flush);
        Guard(_events.Flush);
        Guard(() => _board?.Flush());
        return (_metrics.Length, _events.Length, _board?.Length);
    }

    public void Record(Measurement measurement) => Guard(() =>
    {
        _metrics.Record(measurement);
        _board?.Record(measurement);
    });

    public void Record(MonitorEvent happened) => Guard(() =>
    {
        _events.Record(happened);
        _board?.Record(happened);
    });

    /// <summary>Does <paramref name="write"/>, and keeps its failure for <see cref="ThrowIfFailed"/>; after one nothing more is written.</summary>
    public void Guard(Action write)
    {
        if (_failure is not null)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e;
            _failed.Cancel();
        }
    }

    /// <summary>Writes config.yaml again: the learning rate was changed on the way, and running it repeats the run all the same.</summary>
    public void Describe(Experiment experiment) => Guard(() => WriteConfig(Directory, experiment));

    /// <summary>Writes summary.json.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Finish(RunSummary summary)
    {
        Guard(() => WriteJson(Path.Combine(Directory, SummaryFile), summary));
        ThrowIfFailed();
    }

    /// <summary>The summary as JSON, with the folder beside it.</summary>
    public string Describe(RunSummary summary)
    {
        var json = JsonSerializer.SerializeToNode(summary, Json)!;
        json["directory"] = Directory;
        return json.ToJsonString(Json);
    }

    /// <exception cref="InputException">Something could not be written; the files hold everything up to it, whole lines only.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new InputException($"the run stopped because {Directory} can no longer be written: {_failure.Message}", _failure);
        }
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _events.Dispose();
        _board?.Dispose();
        _failed.Dispose();
    }

    /// <summary><c>runs/NAME</c>, or <c>NAME-2</c>, <c>NAME-3</c>, … where that is taken.</summary>
    public static string FreeFolder(string name) =>
        Enumerable.Range(1, int.MaxValue).Select(i => Path.Combine("runs", i == 1 ? name : $"{name}-{i}")).First(p => !Path.Exists(p));

    private static void WriteConfig(string directory, Experiment experiment)
    {
        using var text = new StringWriter { NewLine = "\n" };
        ExperimentFile.Write(experiment, text);
        WriteWhole(Path.Combine(directory, "config.yaml"), text.ToString());
    }

    private static void WriteJson<T>(string path, T value) => WriteWhole(path, JsonSerializer.Serialize(value, Json) + "\n");

    private static void WriteWhole(string path, string content)
    {
        var draft = path + ".partial";
        File.WriteAllText(draft, content);
        File.Move(draft, path, overwrite: true);
    }
}
