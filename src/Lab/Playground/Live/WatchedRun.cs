using System.Text;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>A run folder that another process fills, followed by reading only.</summary>
internal sealed class WatchedRun : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly GrowingFile _metrics, _events;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;
    private int[]? _places;
    private double _lastStep = double.NegativeInfinity;
    private DateTime _configured;

    private WatchedRun(string folder, Experiment experiment)
    {
        _folder = folder;
        _metrics = new GrowingFile(Path.Combine(folder, RunFolder.MetricsFile));
        _events = new GrowingFile(Path.Combine(folder, RunFolder.EventsFile));
        Trace = new RunTrace(RunHeader.Of(0, folder, experiment), experiment);
        _reading = Task.Run(Follow);
    }

    /// <summary>Begins to follow a folder.</summary>
    /// <exception cref="InputException">It is no run folder.</exception>
    public static WatchedRun Open(string directory)
    {
        var config = Path.Combine(directory, "config.yaml");
        return File.Exists(config)
            ? new WatchedRun(Path.GetFullPath(directory), ExperimentFile.Load(config, []))
            : throw new InputException($"{directory} is no run folder: there is no config.yaml in it");
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
        try
        {
            ReadConfig();
            if (!(ReadMetrics() && ReadEvents()))
            {
                // lab resume cuts a run back to a checkpoint; what follows may have been read in the middle of a line.
                Trace.Clear();
                _metrics.Rewind();
                _events.Rewind();
                (_places, _lastStep) = (null, double.NegativeInfinity);
                SetStatus(ReadMetrics() && ReadEvents() ? null : $"{_folder} holds lines that are no part of a run");
                return;
            }

            SetStatus(null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            SetStatus(e.Message);
        }
    }

    private void ReadConfig()
    {
        // Another playground may change its learning rate.
        var path = Path.Combine(_folder, "config.yaml");
        var written = File.GetLastWriteTimeUtc(path);
        if (written != _configured)
        {
            _configured = written;
            Trace.Optimizer = ExperimentFile.Load(path, []).Optimizer;
        }
    }

    private bool ReadMetrics()
    {
        if (_metrics.NewLines() is not { } lines)
        {
            return false;
        }

        foreach (var line in lines)
        {
            if (_places is null)
            {
                var header = Encoding.UTF8.GetString(line.Span).Split(',');
                _places = [.. Trace.Names.Select(n => Array.IndexOf(header, n))];
            }
            else if (!Append(line.Span))
            {
                return false;
            }
        }

        return true;
    }

    private bool Append(ReadOnlySpan<byte> line)
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

        if (_places!.Any(p => p >= cells.Count) || !(cells[0] > _lastStep))
        {
            return false;
        }

        _lastStep = cells[0];
        Trace.Append([.. _places!.Select((place, i) => place >= 0 ? cells[place] : Trace.Names[i] == RunTrace.LearningRateColumn ? Trace.LearningRateAt((long)_lastStep) : double.NaN)]);
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
            try
            {
                Trace.Record(EventJson.Read(Encoding.UTF8.GetString(line.Span)));
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                return false;
            }
        }

        return true;
    }

    private void SetStatus(string? message)
    {
        var summary = Path.Combine(_folder, "summary.json");
        var outcome = File.Exists(summary) ? Outcome(summary) : null;
        var next = (long)Math.Max(0, _lastStep + 1);
        var status = new RunStatus(outcome is null ? RunPhase.Watched : RunPhase.Ended, next, Trace.LearningRateAt(next), outcome, message);
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
