using System.Diagnostics;
using LossSpikes.Lab;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>A run folder that another process fills.</summary>
public sealed class WatchedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public WatchedRunTests()
    {
        _source = _folder["source"];
        var result = LabResult.Run("run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out", _source);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        Directory.CreateDirectory(_folder["run"]);
        File.Copy(Path.Combine(_source, "config.yaml"), _folder["run/config.yaml"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_folder_is_followed_as_it_grows_and_when_it_is_truncated()
    {
        var (metrics, events) = (File.ReadAllText(Path.Combine(_source, "metrics.csv")), File.ReadAllText(Path.Combine(_source, "events.jsonl")));
        using var watched = WatchedRun.Open(1, _folder["run"]);
        var trace = watched.Trace;

        File.WriteAllText(_folder["run/metrics.csv"], metrics[..(metrics.IndexOf("\n60,", StringComparison.Ordinal) + 9)]); // row 60 is half written
        File.WriteAllText(_folder["run/events.jsonl"], events[..(events.Length / 2)]);
        Assert.Equal(60, (await Await(trace, now => now.Rows >= 60)).Rows);

        File.WriteAllText(_folder["run/metrics.csv"], metrics);
        File.WriteAllText(_folder["run/events.jsonl"], events);
        File.Copy(Path.Combine(_source, "summary.json"), _folder["run/summary.json"]);
        var whole = await Await(trace, now => now.Rows == 151 && now.Status.Phase == RunPhase.Ended);
        Assert.Equal("completed", whole.Status.Outcome);
        var lines = events.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => !l.Contains("\"audit\"", StringComparison.Ordinal));
        Assert.Equal(lines, whole.Events.Count);

        File.Delete(_folder["run/summary.json"]);
        File.WriteAllText(_folder["run/events.jsonl"], "");
        File.WriteAllText(_folder["run/metrics.csv"], metrics[..(metrics.IndexOf("\n30,", StringComparison.Ordinal) + 1)]);
        var cut = await Await(trace, now => now.Rows == 30);
        Assert.Equal(RunPhase.Watched, (await Await(trace, now => now.Status.Phase == RunPhase.Watched)).Status.Phase);
        Assert.NotEqual(whole.Generation, cut.Generation);
    }

    [Fact]
    public async Task A_folder_with_other_content_is_reported()
    {
        using var watched = WatchedRun.Open(1, _folder["run"]);
        File.WriteAllText(_folder["run/metrics.csv"], "step,loss\n0,much\n");

        Assert.Contains("no part of a run", (await Await(watched.Trace, now => now.Status.Message is not null)).Status.Message!, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => WatchedRun.Open(1, _folder["nowhere"]));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_killed_trainer_and_a_removed_folder_are_reported_and_the_rows_stay()
    {
        using var trainer = Process.Start(new ProcessStartInfo("sleep", ["60"]))!;
        File.Copy(Path.Combine(_source, "metrics.csv"), _folder["run/metrics.csv"]);
        File.WriteAllText(_folder["run/.lock"], $"{trainer.Id} (lab run) on {Environment.MachineName}\n"); // as a process that is killed leaves it
        using var watched = WatchedRun.Open(1, _folder["run"]);
        var trace = watched.Trace;
        await Task.Delay(4000, TestContext.Current.CancellationToken);
        Assert.Equal((RunPhase.Watched, null), (trace.Status.Phase, trace.Status.Message));

        trainer.Kill();
        await trainer.WaitForExitAsync(TestContext.Current.CancellationToken);
        var killed = (await Await(trace, now => now.Status.Phase == RunPhase.Abandoned)).Status;
        Assert.Contains($"process {trainer.Id}, which wrote it, is gone", killed.Message, StringComparison.Ordinal);
        Assert.Contains("lab resume", killed.Message, StringComparison.Ordinal);

        File.Copy(Path.Combine(_source, "summary.json"), _folder["run/summary.json"]);
        Assert.Null((await Await(trace, now => now.Status.Outcome == "completed")).Status.Message);

        Directory.Delete(_folder["run"], recursive: true);
        var removed = await Await(trace, now => now.Status.Message is not null);
        Assert.Contains("was moved or removed", removed.Status.Message, StringComparison.Ordinal);
        Assert.Equal((151, "completed"), (removed.Rows, removed.Status.Outcome));
    }

    private static async Task<TraceSnapshot> Await(RunTrace trace, Func<TraceSnapshot, bool> holds)
    {
        for (var i = 0; i < 500 && !holds(trace.Now()); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(holds(trace.Now()), $"{trace.Now().Rows} rows, {trace.Now().Status}");
        return trace.Now();
    }
}
