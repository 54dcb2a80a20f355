using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Monitors.Sinks;

/// <summary>The TensorBoard file of a run against metrics.csv and events.jsonl, read without any of the code that wrote it.</summary>
public sealed class TensorBoardSinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_checksum_equals_its_definition() => Assert.Equal(0xe3069283, EventsFile.Crc32C("123456789"u8));

    [Fact]
    public void Scalars_are_those_of_metrics_csv_and_nothing_else()
    {
        var run = Run("run", "monitor.every=7", "objective.loss=cross_entropy", "optimizer.learning_rate=0.5");
        var entries = Read(run);
        var rows = File.ReadAllLines(Path.Combine(run, RecordedRun.MetricsFile)).Select(l => l.Split(',')).ToList();

        Assert.Equal("brain.Event:2", entries[0].Version);
        Assert.All(entries.Skip(1), e => Assert.Null(e.Version));
        var steps = entries.Where(e => e.Scalars.Count > 0).ToList();
        Assert.Equal(rows.Count - 1, steps.Count);
        foreach (var (row, entry) in rows.Skip(1).Zip(steps))
        {
            var cells = rows[0].Zip(row).Where(
                c => c.Second.Length > 0 && c.First is not ("step" or "seconds")).ToDictionary(c => c.First, c => (float)double.Parse(c.Second, null));
            Assert.Equal(long.Parse(row[0], null), entry.Step);
            Assert.Equal(cells, entry.Scalars);
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_notable_event_is_a_text_and_spikes_have_their_own_tag()
    {
        var run = Run("run", "monitor.explain=true");
        var notable = RecordedRun.Open(run).Events.Where(e => e.IsNotable).Select(e => (e.Step, e.Describe())).ToList();
        var texts = Read(run).SelectMany(e => e.Texts.Select(t => (e.Step, Tag: t.Key, Text: t.Value))).ToList();

        Assert.Equal(notable, texts.Select(t => (t.Step, t.Text)));
        Assert.Contains(texts, t => t.Tag == "spikes");
        Assert.All(texts, t => Assert.Equal(t.Tag == "spikes", t.Text.StartsWith("spike ", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Times_rise_and_nothing_else_differs_between_two_runs_even_if_one_was_resumed()
    {
        var whole = Read(Run("whole", "steps=150"));
        var broken = Run("broken", "steps=93", "checkpoint.every=40");
        Assert.Equal(0, LabResult.Run("resume", broken, "--steps", "150").ExitCode);
        var resumed = Read(broken);

        Assert.Equal(whole.Count, resumed.Count);
        Assert.All(whole.Zip(resumed), pair => Assert.Equivalent(pair.First with { WallTime = 0 }, pair.Second with { WallTime = 0 }, strict: true));
        Assert.Equal(whole.Select(e => e.WallTime).Order(), whole.Select(e => e.WallTime));
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1e3 - whole[^1].WallTime, 0, 600);
    }

    private static IReadOnlyList<EventsFile.Entry> Read(string run) => EventsFile.Read(Assert.Single(Directory.GetFiles(run, "*tfevents*")));

    private string Run(string name, params string[] settings)
    {
        var result = LabResult.Run(
            ["run", _folder.Write(
                "small.yaml",
                SmallExperiment.Yaml), "--out", _folder[name], "--set", "monitor.sinks=[tensorboard]", .. settings.SelectMany(s => new[] { "--set", s })]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[name];
    }
}
