using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Sweeps;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Sweeps;

/// <summary>Sweeps as job arrays of a private cluster. Whatever happens to a member, it ends with the bytes of a sweep on this machine.</summary>
[Trait("Speed", "Slow")]
[Trait("Needs", "Cluster")]
public sealed partial class SlurmTests(SlurmCluster cluster, SlurmTests.Undisturbed reference)
    : IClassFixture<SlurmCluster>, IClassFixture<SlurmTests.Undisturbed>, IDisposable
{
    private const string All = "seed=0,1,2,3";

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        if (cluster.IsUp)
        {
            cluster.Slurm("scancel", "--user", Environment.UserName);
            cluster.UntilIdle();
        }

        _folder.Dispose();
    }

    [Fact]
    public void An_array_of_four_is_submitted_at_once_and_once_only_and_its_report_follows()
    {
        Assert.Equal("4 members in 4 tasks", Submit(All, "--array-parallelism", "2").Size);

        var second = cluster.Lab("sweep", "resume", Sweep);

        Assert.DoesNotContain("submitted", second.Output, StringComparison.Ordinal);
        EndsLikeTheReference(4);
        SlurmCluster.Until(() => File.Exists(Path.Combine(Sweep, "sweep.png")), "the report");
        Assert.Equal(4, File.ReadAllLines(Path.Combine(Sweep, "sweep.csv"))[1..].Count(r => r.Contains("completed", StringComparison.Ordinal)));
    }

    [Fact]
    public void Members_that_are_cancelled_are_resumed_and_then_one_that_was_killed_alone()
    {
        Submit(All);
        Writer(0);
        Writer(1);

        var cancelled = cluster.Lab("sweep", "cancel", Sweep);

        Assert.StartsWith("cancelled job array", cancelled.Output, StringComparison.Ordinal);
        cluster.UntilIdle();
        Assert.Equal("no member is queued or running\n", cluster.Lab("sweep", "cancel", Sweep).Output);
        Assert.All(States(), s => Assert.Equal("unfinished", s));

        Assert.Equal("4 members in 4 tasks", Submitted(cluster.Lab("sweep", "resume", Sweep)).Size);
        Child.Run("kill", ["-9", $"{Writer(3)}"]);
        cluster.UntilIdle();
        Assert.Equal(["done", "done", "done", "failed"], States());

        var (array, size) = Submitted(cluster.Lab("sweep", "resume", Sweep));
        Assert.Equal("1 members in 1 tasks", size);
        EndsLikeTheReference(4);
        AssertResumed(array, 3);
    }

    [Fact]
    public void Members_that_are_requeued_in_mid_run_go_on_and_so_do_those_whose_time_is_nearly_over()
    {
        var (array, _) = Submit("seed=0,1", "--max-requeues", "3");
        Writer(0);
        Assert.Equal(0, cluster.Slurm("scontrol", "requeue", $"{array}_0").ExitCode);
        Writer(1);
        Assert.Equal(0, cluster.Slurm("scancel", "--batch", "--signal=USR1", $"{array}_1").ExitCode);

        EndsLikeTheReference(2);
        AssertResumed(array, 0);
        AssertResumed(array, 1);
    }

    [Fact]
    public void Members_of_a_node_that_goes_down_run_on_the_other()
    {
        var (array, _) = Submit("seed=0,1");
        Writer(0);
        Writer(1);
        var task = cluster.Slurm("squeue", "--noheader", "--nodelist=n2", "--format=%K").Output.Trim();

        Assert.Equal(0, cluster.Slurm("scontrol", "update", "nodename=n2", "state=down", "reason=test").ExitCode);

        try
        {
            EndsLikeTheReference(2);
            AssertResumed(array, int.Parse(task, CultureInfo.InvariantCulture));
        }
        finally
        {
            cluster.Slurm("scontrol", "update", "nodename=n2", "state=resume");
        }
    }

    [Fact]
    public void Several_members_share_a_task()
    {
        Assert.Equal("3 members in 2 tasks", Submit("seed=0,1,2", "--members-per-task", "2").Size);

        EndsLikeTheReference(3);
    }

    [Fact]
    public void Two_ranks_that_srun_starts_on_two_nodes_write_the_bytes_of_one_process()
    {
        Assert.SkipUnless(cluster.IsUp, "Slurm is not installed");
        var plugins = cluster.Slurm("srun", "--mpi=list");
        Assert.SkipUnless((plugins.Output + plugins.Error).Contains("pmi2", StringComparison.Ordinal), "srun has no pmi2");
        var file = _folder.Write("x.yaml", SmallExperiment.Yaml
            .Replace("examples: 60", "examples: 60, chunks: 2", StringComparison.Ordinal).Replace("steps: 150", "steps: 30", StringComparison.Ordinal));
        Assert.Equal(0, LabResult.Run("run", file, "--out", _folder["alone"]).ExitCode);

        var shared = cluster.Slurm(
            "salloc", "--ntasks=2", "dotnet", BackgroundLab.Program, "run", file, "--out", _folder["two"],
            "--ranks", "2", "--launcher", "slurm", "--mpi-lib", "libmpich.so.12");

        Assert.True(shared.ExitCode == 0, shared.Output + shared.Error);
        SameRun.Assert(_folder["alone"], _folder["two"]);
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

    [Fact]
    public void The_doctor_knows_the_cluster()
    {
        Assert.SkipUnless(cluster.IsUp, "Slurm is not installed");

        var doctor = cluster.Lab("doctor", "--slurm", "--json");

        Assert.True(doctor.ExitCode == 0, doctor.Output + doctor.Error);
        var values = JsonNode.Parse(doctor.Output)!.AsArray().ToDictionary(f => (string)f!["name"]!, f => (string)f!["value"]!);
        Assert.StartsWith("slurm", values["Slurm"], StringComparison.Ordinal);
        Assert.Equal("ci", values["Slurm cluster"]);
        Assert.Equal("up, time limit infinite, nodes: 2, CPUs: 2, idle: 2, the default", values["Slurm partition ci"]);
        Assert.StartsWith("MaxArraySize = 101: indices to 100;", values["Slurm job arrays"], StringComparison.Ordinal);
        Assert.StartsWith("on ", values["Slurm requeue"], StringComparison.Ordinal);
        Assert.Contains("none", values["Slurm MPI plug-ins"], StringComparison.Ordinal);
    }

    private string Sweep => _folder["sweep"];

    private string Experiment => _folder.Write("slow.yaml", Undisturbed.Yaml);

    private (string ArrayId, string Size) Submit(string over, params string[] options)
    {
        Assert.SkipUnless(cluster.IsUp, "Slurm is not installed");
        return Submitted(cluster.Lab(["sweep", Experiment, "--over", over, "--out", Sweep, "--launcher", "slurm", .. options]));
    }

    private static (string ArrayId, string Size) Submitted(Child lab)
    {
        Assert.True(lab.ExitCode == 0, lab.Error);
        var line = SubmittedLine().Match(lab.Output);
        Assert.True(line.Success, lab.Output);
        return (line.Groups[1].Value, line.Groups[2].Value);
    }

    /// <summary>Waits until a member has a checkpoint in mid-run.</summary>
    /// <returns>The number of its process.</returns>
    private int Writer(int index)
    {
        var checkpoints = Path.Combine(RunOf(index), "checkpoints");
        SlurmCluster.Until(() => Directory.Exists(checkpoints) && Directory.GetFileSystemEntries(checkpoints).Length > 1, checkpoints);
        return FolderLock.Holder(RunOf(index))!.Process;
    }

    private void EndsLikeTheReference(int members)
    {
        SlurmCluster.Until(
            () => Enumerable.Range(0, members).All(i => SweepStatus.OutcomeOf(RunOf(i)) is not (null or RunOutcome.Interrupted)),
            "all done",
            () => cluster.Lab("sweep", "status", Sweep).Output + string.Concat(
                Directory.GetFiles(Path.Combine(Sweep, "logs")).Select(log => $"{log}:\n{File.ReadAllText(log)}\n")));
        Assert.All(States(), s => Assert.Equal("done", s));
        for (var i = 0; i < members; i++)
        {
            var (run, other) = (RunOf(i), Path.Combine(reference.Folder, $"seed={i}"));
            SameRun.Assert(other, run);
        }
    }

    private void AssertResumed(string array, int index) => Assert.Contains(
        "resuming at step", File.ReadAllText(Path.Combine(Sweep, "logs", $"{array}_{index}.out")), StringComparison.Ordinal);

    private string RunOf(int index) => Path.Combine(Sweep, $"seed={index}");

    private string[] States()
    {
        using var members = JsonDocument.Parse(cluster.Lab("sweep", "status", Sweep, "--json").Output);
        return [.. members.RootElement.EnumerateArray().Select(m => m.GetProperty("state").GetString()!)];
    }

    [GeneratedRegex("^submitted job array ([0-9]+): (.*)\n")]
    private static partial Regex SubmittedLine();

    /// <summary>The same sweep on this machine.</summary>
    public sealed class Undisturbed : IDisposable
    {
        internal static readonly string Yaml = SmallExperiment.Yaml.Replace("steps: 150", "steps: 900\ncheckpoint: { every: 25 }", StringComparison.Ordinal);

        private readonly TemporaryFolder _folder = new();

        public Undisturbed() => Assert.Equal(0, LabResult.Run("sweep", _folder.Write("slow.yaml", Yaml), "--over", All, "--out", Folder).ExitCode);

        internal string Folder => _folder["sweep"];

        public void Dispose() => _folder.Dispose();
    }
}
