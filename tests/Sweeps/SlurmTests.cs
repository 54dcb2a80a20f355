using System.Text.Json;
using System.Text.RegularExpressions;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Sweeps;

/// <summary>Sweeps as job arrays of a private cluster. Whatever happens to a member, it ends with the bytes of a sweep on this machine.</summary>
[Trait("Speed", "Slow")]
public sealed partial class SlurmTests(SlurmCluster cluster, SlurmTests.Undisturbed reference)
    : IClassFixture<SlurmCluster>, IClassFixture<SlurmTests.Undisturbed>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        if (cluster.IsUp)
        {
            cluster.Slurm("scancel", "--user", Environment.UserName);
        }

        _folder.Dispose();
    }

    [Fact]
    public void An_array_of_four_is_submitted_at_once_and_its_report_follows()
    {
        var submitted = Submit("--array-parallelism", "2");

        Assert.Matches("^submitted job array [0-9]+: 4 members in 4 tasks\n", submitted);
        EndsLikeTheReference();
        SlurmCluster.Until(() => File.Exists(Path.Combine(Sweep, "sweep.png")), "the report");
        Assert.Equal(4, File.ReadAllLines(Path.Combine(Sweep, "sweep.csv"))[1..].Count(r => r.Contains("completed", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_member_that_is_killed_is_failed_with_its_log_and_resumed_alone()
    {
        Submit();
        var process = Writer(1);
        Child.Run("kill", ["-9", $"{process}"]);
        SlurmCluster.Until(() => State(1) == "failed" && States().Count(s => s == "done") == 3, "one failed and three done");

        var resumed = cluster.Lab("sweep", "resume", Sweep);

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Matches("^submitted job array [0-9]+: 1 members in 1 tasks\n", resumed.Output);
        EndsLikeTheReference();
    }

    [Fact]
    public void A_member_that_is_requeued_in_mid_run_goes_on()
    {
        var array = ArrayId().Match(Submit()).Groups[1].Value;
        Writer(0);

        Assert.Equal(0, cluster.Slurm("scontrol", "requeue", $"{array}_0").ExitCode);

        EndsLikeTheReference();
    }

    [Fact]
    public void A_member_whose_time_is_nearly_over_requeues_itself()
    {
        var array = ArrayId().Match(Submit("--max-requeues", "3")).Groups[1].Value;
        Writer(2);

        Assert.Equal(0, cluster.Slurm("scancel", "--batch", "--signal=USR1", $"{array}_2").ExitCode);

        EndsLikeTheReference();
        Assert.Contains("resuming at step", File.ReadAllText(Path.Combine(Sweep, "logs", $"{array}_2.out")), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_are_cancelled_are_resumed()
    {
        Submit();
        Writer(0);

        var cancelled = cluster.Lab("sweep", "cancel", Sweep);

        Assert.StartsWith("cancelled job array", cancelled.Output, StringComparison.Ordinal);
        SlurmCluster.Until(() => !States().Any(s => s is "queued" or "running"), "cancelled");
        Assert.Contains("unfinished", States());
        Assert.Equal("no member is queued or running\n", cluster.Lab("sweep", "cancel", Sweep).Output);
        Assert.Equal(0, cluster.Lab("sweep", "resume", Sweep).ExitCode);
        EndsLikeTheReference();
    }

    [Fact]
    public void Members_of_a_node_that_goes_down_run_on_the_other()
    {
        Submit();
        Writer(0);
        Writer(1);

        Assert.Equal(0, cluster.Slurm("scontrol", "update", "nodename=n2", "state=down", "reason=test").ExitCode);

        try
        {
            EndsLikeTheReference();
        }
        finally
        {
            cluster.Slurm("scontrol", "update", "nodename=n2", "state=resume");
        }
    }

    [Fact]
    public void A_second_submission_leaves_queued_members_alone_and_several_members_share_a_task()
    {
        Assert.Contains("4 members in 2 tasks", Submit("--members-per-task", "3"), StringComparison.Ordinal);

        var second = cluster.Lab("sweep", "resume", Sweep);

        Assert.DoesNotContain("submitted", second.Output, StringComparison.Ordinal);
        EndsLikeTheReference();
    }

    [Fact]
    public void More_members_than_the_cluster_has_indices_are_refused_with_the_option_that_helps()
    {
        Assert.SkipUnless(cluster.IsUp, "Slurm is not installed");
        var seeds = string.Join(',', Enumerable.Range(0, 250));
        var refused = cluster.Lab("sweep", Experiment, "--over", $"seed={seeds}", "--out", Sweep, "--launcher", "slurm");

        Assert.Equal(2, refused.ExitCode);
        Assert.EndsWith("--members-per-task 3\n", refused.Error, StringComparison.Ordinal);
    }

    private string Sweep => _folder["sweep"];

    private string Experiment => _folder.Write("slow.yaml", Undisturbed.Yaml);

    private string Submit(params string[] options)
    {
        Assert.SkipUnless(cluster.IsUp, "Slurm is not installed");
        var result = cluster.Lab(["sweep", Experiment, "--over", Undisturbed.Over, "--out", Sweep, "--launcher", "slurm", .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    /// <summary>Waits until a member has a checkpoint in mid-run.</summary>
    /// <returns>The number of its process.</returns>
    private int Writer(int index)
    {
        var run = Path.Combine(Sweep, $"seed={index}");
        var checkpoints = Path.Combine(run, "checkpoints");
        SlurmCluster.Until(() => Directory.Exists(checkpoints) && Directory.GetFileSystemEntries(checkpoints).Length > 1, run);
        return FolderLock.Holder(run)!.Process;
    }

    private void EndsLikeTheReference()
    {
        SlurmCluster.Until(() => States().All(s => s == "done"), "all done");
        for (var i = 0; i < 4; i++)
        {
            var (run, other) = (Path.Combine(Sweep, $"seed={i}"), Path.Combine(reference.Folder, $"seed={i}"));
            Assert.Equal(Rows(other), Rows(run));
            Assert.Equal(File.ReadAllText(Path.Combine(other, "events.jsonl")), File.ReadAllText(Path.Combine(run, "events.jsonl")));
        }
    }

    private string? State(int index) => States() is var states && states.Length > index ? states[index] : null;

    private string[] States()
    {
        using var members = JsonDocument.Parse(cluster.Lab("sweep", "status", Sweep, "--json").Output);
        return [.. members.RootElement.EnumerateArray().Select(m => m.GetProperty("state").GetString()!)];
    }

    /// <summary>The rows without the column of seconds.</summary>
    private static string[] Rows(string run)
    {
        var lines = File.ReadAllLines(Path.Combine(run, "metrics.csv"));
        var seconds = Array.IndexOf(lines[0].Split(','), "seconds");
        return [.. lines.Select(l => string.Join(',', l.Split(',').Where((_, i) => i != seconds)))];
    }

    [GeneratedRegex("job array ([0-9]+)")]
    private static partial Regex ArrayId();

    /// <summary>The same sweep on this machine.</summary>
    public sealed class Undisturbed : IDisposable
    {
        internal const string Over = "seed=0,1,2,3";
        internal static readonly string Yaml = SmallExperiment.Yaml.Replace("steps: 150", "steps: 600\ncheckpoint: { every: 50 }", StringComparison.Ordinal);

        private readonly TemporaryFolder _folder = new();

        public Undisturbed() => Assert.Equal(0, LabResult.Run("sweep", _folder.Write("slow.yaml", Yaml), "--over", Over, "--out", Folder).ExitCode);

        internal string Folder => _folder["sweep"];

        public void Dispose() => _folder.Dispose();
    }
}
