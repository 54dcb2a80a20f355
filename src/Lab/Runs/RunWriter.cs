using System.Text.Json;
using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// Creates a run folder and fills it as the run goes; nobody else can write it meanwhile. A write that fails is kept for
/// <see cref="ThrowIfFailed"/>: the monitor must not be stopped from inside, and the run must not continue without its record.
/// </summary>
internal sealed class RunWriter : IMonitorSink, IDisposable
{
    private static readonly JsonSerializerOptions Json = new(RecordJson.Options) { WriteIndented = true };

    private readonly FolderLock _held;
    private readonly IReadOnlyList<IResumableSink> _sinks;
    private readonly CancellationTokenSource _failed = new();
    private Exception? _failure;

    private RunWriter(FolderLock held, Experiment experiment, Checkpoint? from)
    {
        _held = held;
        _sinks =
        [
            new CsvSink(Path.Combine(Directory, RecordedRun.MetricsFile), Kept(RecordedRun.MetricsFile)),
            new JsonLinesSink(Path.Combine(Directory, RecordedRun.EventsFile), Kept(RecordedRun.EventsFile)),
            .. experiment.Monitor.Sinks.Select(kind => kind.Open(Directory, Kept)),
        ];

        long? Kept(string file) => from?.Lengths.GetValueOrDefault(file);
    }

    /// <summary>The run folder, as a full path.</summary>
    public string Directory => _held.Directory;

    /// <summary>Cancelled when something could not be written.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Creates the folder, with config.yaml, environment.json and the files that grow.</summary>
    /// <param name="directory">Where, or null for <c>runs/NAME</c> (<c>NAME-2</c>, <c>NAME-3</c>, … where that is taken).</param>
    /// <param name="experiment">What is run.</param>
    /// <param name="environment">What it runs on.</param>
    /// <exception cref="InputException">The folder exists or cannot be written.</exception>
    public static RunWriter Create(string? directory, Experiment experiment, EnvironmentReport environment)
    {
        while (true)
        {
            FolderLock? held = null;
            try
            {
                held = CreateFolder(directory ?? FreeFolder(experiment.Name), experiment, environment);
                return new RunWriter(held, experiment, from: null);
            }
            catch (FolderInUseException) when (directory is null)
            {
                // A run that began at the same moment has taken the name, so the next look finds another.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                held!.Dispose();
                throw CannotBeWritten(held.Directory, e);
            }
        }
    }

    /// <summary>Makes sure that a folder is not there yet.</summary>
    /// <exception cref="InputException">It is.</exception>
    public static void RequireNew(string directory)
    {
        if (Path.Exists(directory))
        {
            FolderLock.RequireFree(directory);
            throw Exists(Path.GetFullPath(directory));
        }
    }

    /// <summary>Creates the folder, with config.yaml and environment.json.</summary>
    /// <returns>The right to write it.</returns>
    /// <inheritdoc cref="Create" path="/param|/exception"/>
    public static FolderLock CreateFolder(string directory, Experiment experiment, EnvironmentReport environment)
    {
        directory = Path.GetFullPath(directory);
        RequireNew(directory);
        FolderLock? held = null;
        try
        {
            System.IO.Directory.CreateDirectory(directory);
            held = FolderLock.Take(directory);
            if (!held.IsEmpty)
            {
                held.Dispose();
                throw Exists(directory);
            }

            WriteConfig(directory, experiment);
            WriteJson(Path.Combine(directory, "environment.json"), environment);
            return held;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw CannotBeWritten(directory, e);
        }
    }

    /// <summary>Continues a run folder: files are truncated to their lengths at <paramref name="from"/>.</summary>
    /// <param name="held">The right to write it; the writer gives it back, but not where this fails.</param>
    /// <param name="experiment">What is run.</param>
    /// <param name="from">Where it continues.</param>
    /// <exception cref="InputException">The folder cannot be written, or its files are shorter than they were.</exception>
    public static RunWriter Reopen(FolderLock held, Experiment experiment, Checkpoint from)
    {
        try
        {
            var writer = new RunWriter(held, experiment, from);
            File.Delete(Path.Combine(held.Directory, RecordedRun.SummaryFile));
            WriteConfig(held.Directory, experiment);
            return writer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotBeWritten(held.Directory, e);
        }
    }

    /// <summary>The lengths in bytes, by file name, of what is on the disk now.</summary>
    public IReadOnlyDictionary<string, long> Flush()
    {
        foreach (var sink in _sinks)
        {
            Attempt(sink.Flush);
        }

        return _sinks.ToDictionary(s => s.FileName, s => s.Length);
    }

    public void Begin(MeasurementSchema schema) => ForEach(sink => sink.Begin(schema));

    public void Record(Measurement measurement) => ForEach(sink => sink.Record(measurement));

    public void Record(MonitorEvent happened) => ForEach(sink => sink.Record(happened));

    /// <summary>Does <paramref name="write"/>, and keeps its failure for <see cref="ThrowIfFailed"/>; after one nothing more is written.</summary>
    public void Attempt(Action write)
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
    public void Describe(Experiment experiment) => Attempt(() => WriteConfig(Directory, experiment));

    /// <summary>Writes summary.json.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Finish(RunSummary summary)
    {
        Attempt(() => WriteJson(Path.Combine(Directory, RecordedRun.SummaryFile), summary));
        ThrowIfFailed();
    }

    /// <summary>The summary as JSON, with the folder.</summary>
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
        foreach (var sink in _sinks)
        {
            sink.Dispose();
        }

        _held.Dispose();
        _failed.Dispose();
    }

    /// <summary><c>runs/NAME</c>, or <c>NAME-2</c>, <c>NAME-3</c>, … where that is taken.</summary>
    public static string FreeFolder(string name) =>
        Enumerable.Range(1, int.MaxValue).Select(i => Path.Combine("runs", i == 1 ? name : $"{name}-{i}")).First(p => !Path.Exists(p));

    private static InputException Exists(string directory) =>
        new($"{directory} exists already and a run never overwrites one; choose another folder with --out, or remove it");

    private static InputException CannotBeWritten(string directory, Exception why) => new($"the run folder {directory} cannot be written: {why.Message}", why);

    private void ForEach(Action<IResumableSink> write)
    {
        foreach (var sink in _sinks)
        {
            Attempt(() => write(sink));
        }
    }

    private static void WriteConfig(string directory, Experiment experiment)
    {
        using var text = new StringWriter { NewLine = "\n" };
        ExperimentFile.Write(experiment, text);
        AtomicFile.WriteText(Path.Combine(directory, RecordedRun.ConfigFile), text.ToString());
    }

    private static void WriteJson<T>(string path, T value) => AtomicFile.WriteText(path, JsonSerializer.Serialize(value, Json) + "\n");
}
