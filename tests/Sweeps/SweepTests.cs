using System.Text;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Sweeps;

/// <summary>Sweeps through the entry point, with real processes.</summary>
public sealed class SweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_combination_is_run_and_has_a_row()
    {
        var result = Sweep("--over", "optimizer.learning_rate=0.1,0.35", "--over", "seed=0,1");

        Assert.Equal(0, result.ExitCode);
        Assert.True(new FileInfo(Path.Combine(_folder["out"], "sweep.png")).Length > 10_000);
        var rows = Rows();
        Assert.Equal(["0.1,0", "0.1,1", "0.35,0", "0.35,1"], rows[1..].Select(r => string.Join(',', r[..2])));
        foreach (var row in rows[1..])
        {
            var last = File.ReadAllLines(Path.Combine(_folder["out"], row[^1], "metrics.csv"))[^1].Split(',');
            Assert.Equal(last[1], row[Array.IndexOf(rows[0], "final_loss")]);
            Assert.Equal("20", row[Array.IndexOf(rows[0], "steps")]);
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Finished_members_are_left_alone_and_unfinished_ones_completed()
    {
        Sweep("--over", "seed=0,1");
        var (kept, broken) = (Path.Combine(_folder["out"], "seed=0", "metrics.csv"), Path.Combine(_folder["out"], "seed=1"));
        var (time, whole) = (File.GetLastWriteTimeUtc(kept), File.ReadAllText(Path.Combine(broken, "events.jsonl")));
        File.Delete(Path.Combine(broken, "summary.json"));

        Assert.Equal(0, Sweep("--over", "seed=0,1").ExitCode);
        Assert.Equal(time, File.GetLastWriteTimeUtc(kept));
        Assert.Equal(whole, File.ReadAllText(Path.Combine(broken, "events.jsonl")));
        Assert.All(Rows()[1..], r => Assert.Equal("completed", r[1]));
    }

    /// <summary>Slurm starts the task of a node that went down at once, and ends the process there when it can.</summary>
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("77_0", 0)]
    [InlineData("76_0", 1)]
    public async Task A_task_that_is_started_again_waits_for_its_earlier_start_and_no_other_task_does(string holder, int unfinished)
    {
        Sweep("--over", "seed=0,1");
        var run = Path.Combine(_folder["out"], "seed=1");
        File.Delete(Path.Combine(run, "summary.json"));
        using var earlier = new FileStream(Path.Combine(run, ".lock"), FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        earlier.Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId} (lab) on {Environment.MachineName} as task {holder} of Slurm, start 1\n"));

        var task = Task.Run(
            () => Child.Run("dotnet", [BackgroundLab.Program, "sweep", "member", _folder["out"], "--index", "1"], null,
                ("SLURM_ARRAY_JOB_ID", "77"), ("SLURM_ARRAY_TASK_ID", "0"), ("SLURM_RESTART_COUNT", "1")),
            TestContext.Current.CancellationToken);
        if (unfinished == 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
            Assert.False(task.IsCompleted);
            earlier.Dispose();
        }

        var ended = await task.WaitAsync(TimeSpan.FromSeconds(45), TestContext.Current.CancellationToken); // one that waits takes a minute

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(unfinished == 0, File.Exists(Path.Combine(run, "summary.json")));
        Assert.Equal(unfinished == 1, ended.Error.Contains("is being written by process", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_member_that_fails_is_reported_and_does_not_stop_the_rest()
    {
        var missing = _folder["missing.csv.gz"];
        var result = Sweep("--over", $"objective.data.file={missing},null");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("FAILED", result.Diagnostics, StringComparison.Ordinal);
        Assert.Contains("does not exist", File.ReadAllText(Path.Combine(_folder["out"], "sweep.csv")), StringComparison.Ordinal);
        Assert.Contains("completed", File.ReadAllText(Path.Combine(_folder["out"], "sweep.csv")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed", "key.path=value")]
    [InlineData("seed=", "key.path=value")]
    [InlineData("sed=1,2", "--over sed=1: sed is not a key of the experiment; did you mean seed?")]
    [InlineData("optimizer.learning_rate=0.1,-1", "--over optimizer.learning_rate=-1: ")]
    public void A_wrong_axis_is_refused_in_one_sentence_and_nothing_is_run(string axis, string helps)
    {
        var result = Sweep("--over", axis);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(helps, Assert.Single(result.Diagnostics.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private LabResult Sweep(params string[] more) =>
        LabResult.Run(["sweep", _folder.Write("small.yaml", SmallExperiment.Yaml), "--set", "steps=20", "--out", _folder["out"], .. more]);

    private string[][] Rows() => [.. File.ReadAllLines(Path.Combine(_folder["out"], "sweep.csv")).Select(l => l.Split(','))];
}
