using System.Text;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>A run folder that another process fills, followed by reading only.</summary>
internal sealed class WatchedRun : IDisposable
{
    // A process that is gone may be one of another machine, which its rows show.
    private const int Quiet = 3000; // ms

    // What a page's columns would hold of more is too much for this process.
    private const long LargestMetrics = 64 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly GrowingFile _metrics, _events;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;
    private MeasurementSchema? _schema;
    private Measurement? _last;
    private long _grew = Environment.TickCount64;
    private DateTime _configured;

    private WatchedRun(int id, string folder, Experiment experiment)
    {
        _folder = folder;
        _metrics = new GrowingFile(Path.Combine(folder, RecordedRun.MetricsFile));
        _events = new GrowingFile(Path.Combine(folder, RecordedRun.EventsFile));
        Trace = new RunTrace(RunHeader.Of(id, folder, experiment)) { Changes = RateChange.Of(experiment) };
        _reading = Task.Run(Follow);
    }

    /// <summary>Begins to follow a folder.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="directory">The folder.</param>
    /// <exception cref="InputException">It is no run folder, or too large to be drawn by a page.</exception>
    public static WatchedRun Open(int id, string directory)
    {
        var config = Path.Combine(directory, RecordedRun.ConfigFile);
        var metrics = new FileInfo(Path.Combine(directory, RecordedRun.MetricsFile));
        return !File.Exists(config) ? throw new InputException($"{directory} is no run folder: there is no config.yaml in it")
            : metrics.Exists && metrics.Length > LargestMetrics
                ? throw new InputException($"metrics.csv of {directory} has {metrics.Length >> 20} MB, and pages draw at most {LargestMetrics >> 20}")
            : new WatchedRun(id, Path.GetFullPath(directory), ExperimentFile.Load(config, []));
    }

    /// <summary>What the pages see.</summary>
    public RunTrace Trace { get; }

    public void Dispose()
    {
        _end.Cancel();
        _reading.Wait();
        _end.Dispose();
    }

    private async Task Follow()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(_end.Token));
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more.
        }
    }

    private void Look()
    {
        if (!Directory.Exists(_folder))
        {
            SetStatus($"its folder {Trace.Header.Folder} was moved or removed; what was read of it stays here", abandoned: true);
            return;
        }

        try
        {
            ReadChanges();
            if (!(ReadMetrics() && ReadEvents()))
            {
                // lab resume cuts a run back to a checkpoint; what follows may have been read in the middle of a line.
                Trace.Clear();
                _metrics.Rewind();
                _events.Rewind();
                (_schema, _last) = (null, null);
                SetStatus(ReadMetrics() && ReadEvents() ? null : $"{_folder} holds lines that are no part of a run");
                return;
            }

            var gone = Environment.TickCount64 - _grew > Quiet && !RecordedRun.IsFinished(_folder) ? FolderLock.Abandoned(_folder) : null;
            SetStatus(gone is null ? null : $"{gone}: it was killed or broke off; lab resume {Trace.Header.Folder} continues it", abandoned: gone is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            SetStatus(e.Message);
        }
    }

    /// <summary>An η that another process changed is in config.yaml.</summary>
    private void ReadChanges()
    {
        var config = Path.Combine(_folder, RecordedRun.ConfigFile);
        if (File.GetLastWriteTimeUtc(config) is var written && written != _configured)
        {
            _configured = written;
            Trace.Changes = RateChange.Of(ExperimentFile.Load(config, []));
        }
    }

    private bool ReadMetrics()
    {
        if (_metrics.NewLines() is not { } lines)
        {
            return false;
        }

        _grew = lines.Count > 0 ? Environment.TickCount64 : _grew;
        foreach (var line in lines)
        {
            if (_schema is null)
            {
                _schema = MeasurementSchema.Parse(Encoding.UTF8.GetString(line.Span).Split(','));
                Trace.Begin(_schema);
            }
            else if (!Append(line.Span, _schema))
            {
                return false;
            }
        }

        return true;
    }

    private bool Append(ReadOnlySpan<byte> line, MeasurementSchema schema)
    {
        var cells = new List<double>();
        foreach (var cell in line.Split((byte)','))
        {
            if (!NumberText.TryParse(line[cell], out var value))
            {
                return false;
            }

            cells.Add(value);
        }

        if (cells.Count != schema.Columns.Count || !(cells[0] > (_last?.Step ?? -1)))
        {
            return false;
        }

        _last = schema.Read(i => cells[i]);
        Trace.Record(_last);
        return true;
    }

    private bool ReadEvents()
    {
        if (_events.NewLines() is not { } lines)
        {
            return false;
        }

        foreach (var line in lines)
        {
            if (EventLog.Parse(line.Span) is not { } happened)
            {
                return false;
            }

            Trace.Record(happened);
        }

        return true;
    }

    private void SetStatus(string? message, bool abandoned = false)
    {
        var summary = Path.Combine(_folder, RecordedRun.SummaryFile);
        var outcome = File.Exists(summary) ? Outcome(summary) : Directory.Exists(_folder) ? null : Trace.Status.Outcome;
        var phase = outcome is not null ? RunPhase.Ended : abandoned ? RunPhase.Abandoned : RunPhase.Watched;
        var status = new RunStatus(phase, (_last?.Step ?? -1) + 1, _last?.LearningRate ?? double.NaN, outcome, message);
        if (status != Trace.Status)
        {
            Trace.Status = status;
        }
    }

    private static string? Outcome(string summary)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(summary));
            return document.RootElement.TryGetProperty("outcome", out var outcome) ? outcome.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException)
        {
            return null;
        }
    }
}
