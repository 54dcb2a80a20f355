using System.Text.Json;
using LossSpikes.Lab;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>The data of a run that pages receive.</summary>
public sealed class StreamTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Every_page_receives_the_numbers_of_metrics_csv_whenever_it_connects()
    {
        using var lab = new LiveLab();
        var trace = await lab.Start();
        var (early, received) = (new TraceCursor(trace), new Page());
        while (trace.Status.Phase == RunPhase.Running)
        {
            received.Take(LiveLab.Delta(early));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        received.Take(LiveLab.Delta(early));
        var late = new Page();
        late.Take(LiveLab.Delta(new TraceCursor(trace)));

        var metrics = MetricsTable.Read(lab["runs/small/metrics.csv"]);
        Assert.True(received.Deltas > 1);
        foreach (var page in new[] { received, late })
        {
            Assert.All(page.Columns, c => Assert.Equal(metrics[c.Key], c.Key == "seconds" ? [.. c.Value.Select(s => Math.Round(s, 3))] : c.Value));
            Assert.All(page.Columns["learning_rate"], rate => Assert.Equal(0.35, rate));
            Assert.Equal(
                RecordedRun.Open(lab["runs/small"]).Spikes.Count, page.Events.Count(e => e.GetProperty("record").GetProperty("event").GetString() == "spike"));
        }

        // A page that connects again is sent everything again.
        received.Take(LiveLab.Delta(new TraceCursor(trace)));
        Assert.Equal(metrics.Loss, received.Columns["loss"]);
        Assert.Equal(late.Events.Count, received.Events.Count);
    }

    [Fact]
    public async Task A_diverging_run_is_streamed_to_its_end()
    {
        using var lab = new LiveLab("optimizer.learning_rate=50", "monitor.divergence_factor=1e300");
        var trace = await lab.Start();
        await LiveLab.Reach(trace);
        var page = new Page();
        page.Take(LiveLab.Delta(new TraceCursor(trace)));

        Assert.Equal("diverged", trace.Status.Outcome);
        Assert.Contains(page.Events, e => e.GetProperty("record").GetProperty("event").GetString() == "divergence");
        Assert.Equal(trace.Now().Rows, page.Columns["loss"].Count);
    }

    [Fact]
    public void A_slow_page_receives_a_thinned_run_that_keeps_every_extreme()
    {
        using var lab = new LiveLab();
        var trace = new RunTrace(RunHeader.Of(1, lab["run"], lab.Experiment));
        trace.Begin(MeasurementSchema.Of(eigenvalues: 3, []));
        var cursor = new TraceCursor(trace);
        var page = new Page();
        for (var step = 0; step < 90_000; step++)
        {
            trace.Record(
                new Measurement
                {
                    Step = step,
                    Loss = step == 70_123 ? 99 : 1 + Math.Sin(step),
                    GradientNorm = 1,
                    Threshold = 2,
                    Eigenvalues = [1, 1, 1],
                    GradientDots = [step == 33_333 ? double.NaN : 0.5, 0, 0],
                });
            if (step is > 80_000 && step % 1000 == 0)
            {
                page.Take(LiveLab.Delta(cursor));
            }
        }

        Assert.Equal(10_001, trace.Now().Between(40_000, 50_000, TraceCursor.MostRows)["loss"].Length);
        Assert.Throws<InputException>(() => trace.Now().Between(0, 89_999, TraceCursor.MostRows));
        page.Take(LiveLab.Delta(cursor));
        Assert.InRange(page.Columns["step"].Count, 9_000, 2 * TraceCursor.MostRows);
        Assert.Contains(99.0, page.Columns["loss"]);
        Assert.Equal(page.Columns["step"].Order(), page.Columns["step"]);
        Assert.Equal(89_999, page.Columns["step"][^1]);
        Assert.Equal(page.Columns["step"].Count, page.Columns["loss"].Count);
    }

    [Fact]
    public void A_page_is_sent_the_newest_events_of_each_kind_and_their_counts()
    {
        using var lab = new LiveLab();
        var trace = new RunTrace(RunHeader.Of(1, lab["run"], lab.Experiment));
        trace.Begin(MeasurementSchema.Of(eigenvalues: 1, []));
        trace.Record(new WarningEvent(0, "so"));
        for (var step = 0; step < 50_000; step++)
        {
            trace.Record(new CrossingEvent(step, step % 2 == 0 ? CrossingDirection.Up : CrossingDirection.Down, 1, 1));
        }

        var cursor = new TraceCursor(trace);
        var first = LiveLab.Delta(cursor)!.Value;
        var page = new Page();
        page.Take(first);
        Assert.InRange(first.GetRawText().Length, 0, 10_000);
        Assert.Equal(50_000, first.GetProperty("counts").GetProperty("crossing").GetInt32());
        Assert.Equal("warning", page.Events[0].GetProperty("kind").GetString());
        Assert.Equal(49_999, page.Events[^1].GetProperty("record").GetProperty("step").GetInt32());
        Assert.Equal(1 + EventDigest.MostCrossings, page.Events.Count);

        trace.Record(new CrossingEvent(50_000, CrossingDirection.Up, 1, 1));
        var news = LiveLab.Delta(cursor)!.Value;
        Assert.Equal(1, news.GetProperty("events").GetArrayLength());
        Assert.Equal(50_001, news.GetProperty("counts").GetProperty("crossing").GetInt32());

        // A page that connects again: only what is new, and all that has been counted.
        var later = LiveLab.Delta(new TraceCursor(trace, new SeenRun(1, 0, 0, 0, 50_001)))!.Value;
        Assert.Equal((1, 50_001), (later.GetProperty("events").GetArrayLength(), later.GetProperty("counts").GetProperty("crossing").GetInt32()));
    }

    [Fact]
    public async Task The_comparison_is_computed_once_for_the_rows_that_there_are()
    {
        using var lab = new LiveLab("steps=100000");
        var (trace, table) = (await lab.Start(), new SpikeTable());
        await LiveLab.Reach(trace, 5);
        await lab.Runs.Pause(1);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => table.Of(trace))));
        Assert.Equal(1, table.Computed);
        await lab.Runs.Step(1);
        Assert.Equal(trace.Now().Rows - 1, table.Of(trace)!.Steps);
        Assert.Equal(2, table.Computed);
    }

    /// <summary>A page's copy of a run.</summary>
    private sealed class Page
    {
        public Dictionary<string, List<double>> Columns { get; } = [];

        public List<JsonElement> Events { get; } = [];

        public int Deltas { get; private set; }

        public void Take(JsonElement? delta)
        {
            if (delta is not { } received)
            {
                return;
            }

            Deltas++;
            foreach (var column in received.GetProperty("columns").EnumerateObject())
            {
                var kept = Columns.GetValueOrDefault(column.Name, []).Take(received.GetProperty("from").GetInt32());
                Columns[column.Name] = [.. kept, .. column.Value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? double.NaN : v.GetDouble())];
            }

            Events.RemoveAll(e => e.GetProperty("index").GetInt32() >= received.GetProperty("events_from").GetInt32());
            Events.AddRange(received.GetProperty("events").EnumerateArray());
        }
    }
}
