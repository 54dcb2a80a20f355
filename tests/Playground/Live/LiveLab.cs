using System.Text;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>Live runs of a small experiment in their own folder, which is the current folder until this is disposed.</summary>
internal sealed class LiveLab : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly TemporaryFolder _folder = new();
    private bool _quit;

    public LiveLab(params string[] overrides)
    {
        _folder.Write("small.yaml", SmallExperiment.Yaml);
        Experiment = ExperimentFile.Load(_folder["small.yaml"], overrides);
        Environment.CurrentDirectory = _folder.Root;
        Runs = new LiveRuns();
    }

    public Experiment Experiment { get; }

    public LiveRuns Runs { get; }

    /// <summary>A path in the lab's folder.</summary>
    public string this[string name] => _folder[name];

    public string File(string name) => System.IO.File.ReadAllText(_folder[name]);

    /// <summary>Starts the experiment.</summary>
    public async Task<RunTrace> Start()
    {
        var id = await Runs.Start(Experiment);
        return Trace(id);
    }

    public RunTrace Trace(int id) => Runs.Traces.Single(t => t.Header.Id == id);

    /// <summary>Waits until a run has this many rows, or has ended.</summary>
    public static async Task<TraceSnapshot> Reach(RunTrace trace, int rows = int.MaxValue)
    {
        var patience = DateTime.UtcNow + TimeSpan.FromMinutes(2);
        while (trace.Now() is var now && now.Rows < rows && now.Status.Phase is RunPhase.Running or RunPhase.Watched)
        {
            Assert.True(DateTime.UtcNow < patience, $"{now.Rows} rows after two minutes");
            await Task.Delay(5);
        }

        return trace.Now();
    }

    /// <summary>The next message to a page, or null.</summary>
    public static JsonElement? Delta(TraceCursor cursor)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            cursor.Write(json);
            json.WriteEndArray();
        }

        var deltas = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement;
        return deltas.GetArrayLength() == 0 ? null : deltas[0];
    }

    /// <summary>The lines of metrics.csv without their last cell, the time.</summary>
    public IEnumerable<string> Metrics(string run) => System.IO.File.ReadAllLines(_folder[$"{run}/metrics.csv"]).Select(l => l[..l.LastIndexOf(',')]);

    /// <summary>Asserts that two folders hold the same run.</summary>
    public void AssertSame(string expected, string actual)
    {
        Assert.Equal(Metrics(expected), Metrics(actual));
        Assert.Equal(File($"{expected}/events.jsonl"), File($"{actual}/events.jsonl"));
    }

    /// <summary>Ends the playground, once.</summary>
    public void Quit()
    {
        if (!_quit)
        {
            _quit = true;
            Runs.Dispose();
        }
    }

    public void Dispose()
    {
        Quit();
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }
}
