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
    [InlineData("sed=1,2", "seed")]
    [InlineData("optimizer.learning_rate=0.1,-1", "greater than 0")]
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
