using System.Diagnostics;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Distributed;

/// <summary>Runs that several processes share by MPI. Skipped where no launcher of MPI is installed.</summary>
[Trait("Speed", "Slow")]
[Trait("Needs", "Cluster")]
public sealed class MpiTests : IDisposable
{
    private const string OpenMpi = "libmpi.so.40", Mpich = "libmpich.so.12";

    private static readonly string Plain = SmallExperiment.Yaml
        .Replace("examples: 60", "examples: 60, chunks: 4", StringComparison.Ordinal)
        .Replace("eigenvalues: 3", "eigenvalues: 1", StringComparison.Ordinal);

    private static readonly string FullBatch = Steps(50, Plain.Replace(
        "audit_every: 20", "audit_every: 20, explain: true, critical_sharpness: true, update_curvature: true", StringComparison.Ordinal));

    private static readonly string Batches = Steps(30, Plain
        .Replace("kind: gd, learning_rate: 0.35", "kind: adamw, learning_rate: 0.01, batch: 20", StringComparison.Ordinal)
        .Replace("audit_every: 20", "audit_every: 20, probe: 30, batch_sharpness: { draws: 8 }, update_curvature: true", StringComparison.Ordinal));

    private const string Toy = """
        name: toy
        objective: { kind: power_law, start: [0, -0.8] }
        optimizer: { kind: gd, learning_rate: 70 }
        steps: 60

        """;

    private static readonly string Long = Steps(160, Plain);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("full batch")]
    [InlineData("mini-batches")]
    [InlineData("toy")]
    public void One_two_and_four_ranks_write_the_same_bytes(string kind)
    {
        RequireMpi("mpirun.openmpi");
        var file = _folder.Write("x.yaml", kind switch { "full batch" => FullBatch, "mini-batches" => Batches, _ => Toy });
        Ends(0, Lab("run", file, "--out", _folder["alone"]));
        foreach (var ranks in kind == "full batch" ? (string[])["1", "2", "4"] : ["2", "4"])
        {
            Ends(0, Lab("run", file, "--out", _folder[ranks], "--ranks", ranks, "--mpi-lib", OpenMpi));
            SameRun.Assert(_folder["alone"], _folder[ranks]);
        }
    }

    [Fact]
    public void Mpich_gives_the_bytes_of_Open_MPI()
    {
        RequireMpi("mpirun.mpich");
        var file = _folder.Write("x.yaml", Steps(40, Plain));
        Ends(0, Lab("run", file, "--out", _folder["alone"]));
        Ends(0, Lab("run", file, "--out", _folder["two"], "--ranks", "2", "--mpi-lib", Mpich));
        SameRun.Assert(_folder["alone"], _folder["two"]);
    }

    [Fact]
    public void A_rank_that_is_killed_ends_all_and_another_number_of_ranks_resumes_the_run()
    {
        RequireMpi("mpirun.openmpi");
        var file = _folder.Write("x.yaml", Long);
        Ends(0, Lab("run", file, "--out", _folder["whole"]));
        using (var run = new BackgroundLab("run", file, "--out", _folder["killed"], "--ranks", "2", "--mpi-lib", OpenMpi))
        {
            run.ReachRows(_folder["killed"], 30);
            var ranks = RanksOf(_folder["killed"]);
            Assert.Equal(2, ranks.Count);
            var clock = Stopwatch.StartNew();
            ranks[1].Kill();
            Assert.NotEqual(0, run.End().ExitCode);
            Assert.True(ranks[0].WaitForExit(TimeSpan.FromSeconds(5)), "rank 0 goes on");
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        }

        Ends(0, Lab("resume", _folder["killed"], "--ranks", "4", "--mpi-lib", OpenMpi));
        SameRun.Assert(_folder["whole"], _folder["killed"]);
    }

    [Fact]
    public void Ctrl_C_ends_all_ranks_at_the_same_step_with_a_checkpoint()
    {
        RequireMpi("mpirun.openmpi");
        Assert.SkipWhen(Interrupts.Ignored, "this process ignores interrupts, and so would the lab");
        var file = _folder.Write("x.yaml", Long);
        Ends(0, Lab("run", file, "--out", _folder["whole"]));
        using (var run = new BackgroundLab("run", file, "--out", _folder["stopped"], "--ranks", "2", "--mpi-lib", OpenMpi))
        {
            run.ReachRows(_folder["stopped"], 30);
            Child.Run("kill", ["-INT", $"{run.Id}"]);
            Ends(130, run.End());
        }

        Assert.True(File.Exists(Path.Combine(_folder["stopped"], "summary.json")));
        Ends(0, Lab("resume", _folder["stopped"]));
        SameRun.Assert(_folder["whole"], _folder["stopped"]);
    }

    [Fact]
    public void A_rank_that_hangs_is_waited_for_only_so_long()
    {
        RequireMpi("mpirun.openmpi");
        var file = _folder.Write("x.yaml", Steps(100_000, Plain));
        using var run = new BackgroundLab("run", file, "--out", _folder["hung"], "--ranks", "2", "--mpi-lib", OpenMpi, "--collective-timeout", "2");
        run.ReachRows(_folder["hung"], 20);
        Child.Run("kill", ["-STOP", $"{RanksOf(_folder["hung"])[1].Id}"]);

        var ended = run.End();
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains("rank 0 has waited 2 s for rank 1 (--collective-timeout) and ends the run", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_wrong_launcher_is_refused()
    {
        RequireMpi("mpirun.mpich");
        RequireMpi("mpirun.openmpi");
        var file = _folder.Write("x.yaml", Plain);
        var child = Child.Run(
            "mpirun.mpich", ["-n", "2", "dotnet", BackgroundLab.Program, "run", file, "--out", _folder["x"], "--ranks", "2", "--mpi-lib", OpenMpi], null, Root);

        Assert.Equal(2, child.ExitCode);
        Assert.Contains("2 processes were started, but each is alone for Open MPI", child.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Theory]
    [InlineData(OpenMpi, "mpirun.openmpi", "Open MPI")]
    [InlineData(Mpich, "mpirun.mpich", "MPICH")]
    public void A_null_reference_is_still_an_exception(string library, string launcher, string name)
    {
        RequireMpi(launcher);
        var child = Lab("doctor", "--mpi", "--mpi-lib", library, "--json");

        Ends(0, child);
        Assert.Contains(name, child.Output, StringComparison.Ordinal);
        Assert.Contains("null references are exceptions", child.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ranks 3", "--ranks 3: expected a power of two")]
    [InlineData("--ranks 2 --mpi-lib /nowhere/libmpi.so", "--mpi-lib /nowhere/libmpi.so: no such library can be loaded")]
    [InlineData("--ranks 8", "objective.data.chunks is 4: there are 8 ranks, and each needs a chunk")]
    [InlineData("--mpi-lib libmpi.so.40", "--mpi-lib goes with --ranks N")]
    public void What_cannot_be_is_refused_in_one_sentence(string options, string sentence)
    {
        RequireMpi("mpirun.openmpi");
        var child = Lab(["run", _folder.Write("x.yaml", Plain), "--out", _folder["x"], .. options.Split(' ')]);

        Assert.Equal(2, child.ExitCode);
        Assert.Contains(sentence, child.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", child.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["x"]));
    }

    private static string Steps(int steps, string yaml) =>
        yaml.Replace("steps: 150", $"steps: {steps}\ncheckpoint: {{ every: 25 }}", StringComparison.Ordinal);

    private static (string, string) Root => ("OMPI_ALLOW_RUN_AS_ROOT", "1");

    private static void RequireMpi(string launcher) => Assert.SkipUnless(Child.Exists(launcher), $"{launcher} is not installed");

    private static Child Lab(params string[] arguments) => Child.Run("dotnet", [BackgroundLab.Program, .. arguments]);

    private static void Ends(int code, Child child) => Assert.True(child.ExitCode == code, $"exit code {child.ExitCode}\n{child.Output}\n{child.Error}");

    /// <summary>The processes that the launcher has started for a run.</summary>
    private static List<Process> RanksOf(string run) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Where(d => IsRank(d, run))
            .Select(d => Process.GetProcessById(int.Parse(Path.GetFileName(d), System.Globalization.CultureInfo.InvariantCulture))).OrderBy(p => p.Id),
    ];

    private static bool IsRank(string process, string run)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0') is [var program, ..] words
                && Path.GetFileName(program) == "dotnet" && words.Contains(run)
                && File.ReadAllText(Path.Combine(process, "environ")).Contains("OMPI_COMM_WORLD_RANK", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }
}
