using LossSpikes.Lab;
using LossSpikes.Lab.Sweeps;
using LossSpikes.Lab.Sweeps.Slurm;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Sweeps;

/// <summary>What is said to Slurm, without Slurm.</summary>
public sealed class SlurmScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(new[] { 0 }, "0")]
    [InlineData(new[] { 0, 1, 2, 3 }, "0-3")]
    [InlineData(new[] { 1, 4, 7, 8, 9 }, "1,4,7-9")]
    [InlineData(new[] { 2, 3, 5 }, "2-3,5")]
    public void Indices_are_folded(int[] tasks, string folded) => Assert.Equal(folded, TaskRanges.Fold(tasks));

    [Fact]
    public void The_script_has_what_was_asked_for_and_a_dry_run_submits_and_writes_nothing()
    {
        var setup = _folder.Write("setup.sh", "module load dotnet\r\nexport A=b\n");
        var result = Sweep(
            "--launcher", "slurm", "--dry-run", "--partition", "gpu", "--time", "2:00:00", "--cpus-per-task", "4", "--mem", "8G", "--array-parallelism", "2",
            "--members-per-task", "3", "--max-requeues", "5", "--sbatch=--constraint=avx512", "--setup", setup);

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("#!/bin/bash", lines[0]);
        Assert.Equal(
            [
                "--job-name=lab-my_sweep", "--array=0-1%2", $"--output=\"{_folder["my sweep"]}/logs/%A_%a.out\"", "--requeue", "--open-mode=append",
                "--signal=B:USR1@120", "--partition=gpu", "--time=2:00:00", "--cpus-per-task=4", "--mem=8G", "--constraint=avx512",
            ],
            lines[1..^4].Select(l => l["#SBATCH ".Length..]));
        Assert.Equal(["export OMP_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"", "module load dotnet", "export A=b"], lines[^4..^1]);
        Assert.Matches(
            $"^exec [^ ]*dotnet [^ ]*lab.dll sweep member '{_folder["my sweep"]}' --count 3 --max-requeues 5 --task \"\\$SLURM_ARRAY_TASK_ID\"$", lines[^1]);
        Assert.False(Path.Exists(_folder["my sweep"]));
    }

    [Theory]
    [InlineData("--time is for --launcher slurm", "--time", "1:00:00")]
    [InlineData("at least 1", "--launcher", "slurm", "--members-per-task", "0")]
    [InlineData("there is no such file", "--launcher", "slurm", "--setup", "/none")]
    [InlineData("is one line", "--launcher", "slurm", "--partition", "a\n#SBATCH --wrap=x")]
    public void Wrong_options_are_refused_in_one_sentence(string says, params string[] options)
    {
        var result = Sweep(options);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, Assert.Single(result.Diagnostics.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["my sweep"]));
    }

    [Fact]
    public void The_queue_is_read_by_the_name_of_the_sweep()
    {
        var tasks = SlurmTools.Parse("12|0|RUNNING|lab-a\n12|3|PENDING|lab-a\n13|1|RUNNING|lab-b\n14|N/A|PENDING|lab-a\n\n", "lab-a");

        Assert.Equal([new QueuedTask("12", 0, "RUNNING"), new QueuedTask("12", 3, "PENDING")], tasks);
    }

    [Fact]
    public void Partitions_and_settings_are_read_from_the_lines_of_Slurm()
    {
        Assert.Equal(
            [new SlurmPartition("gpu", true, "up", "1-00:00:00", "4", "96/32/0/128"), new SlurmPartition("old", false, "down", "infinite", "1", "0/0/8/8")],
            SlurmPartition.Parse("gpu*|up|1-00:00:00|4|96/32/0/128\nold|down|infinite|1|0/0/8/8\n"));
        var settings = SlurmTools.ParseSettings("Configuration data as of now\nMaxArraySize            = 1001\nSchedulerParameters     = a=1,b=2\n\nA = \n");

        Assert.Equal((1001, "a=1,b=2", ""), (SlurmTools.MaxArraySize(settings), settings["SchedulerParameters"], settings["A"]));
        Assert.Null(SlurmTools.MaxArraySize(SlurmTools.ParseSettings("MaxArraySize = (null)\n")));
    }

    [Fact]
    public void Without_Slurm_the_sentence_says_where_jobs_are_submitted()
    {
        var result = Child.Run(
            MemberCommand.For(SweepFolder.Plan(_folder["any"], Experiment, [], []))[0],
            [BackgroundLab.Program, "sweep", Experiment, "--over", "seed=0,1", "--out", _folder["my sweep"], "--launcher", "slurm"],
            null,
            ("PATH", "/nowhere"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("a login node", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_keeps_the_numbers_of_its_members_and_refuses_another_sweep()
    {
        var directory = _folder["kept"];
        var first = Plan("seed=5,1");
        first.Save();

        var more = Plan("seed=1,2,5");
        more.Save();

        Assert.Equal([(0, "seed=5"), (1, "seed=1"), (2, "seed=2")], SweepFolder.Open(directory).Members.Select(m => (m.Index, m.Name)));
        Assert.Contains("--set has changed", Assert.Throws<InputException>(() => Plan("seed=1", "steps=7")).Message, StringComparison.Ordinal);
        Assert.Contains("over seed, not over steps", Assert.Throws<InputException>(() => Plan("steps=7")).Message, StringComparison.Ordinal);

        SweepFolder Plan(string axis, params string[] overrides) =>
            SweepFolder.Plan(directory, Experiment, overrides, [SweepAxis.Parse(axis)]);
    }

    private string Experiment => _folder.Write("small.yaml", SmallExperiment.Yaml);

    private LabResult Sweep(params string[] more) => LabResult.Run(["sweep", Experiment, "--over", "seed=0,1,2,3,4", "--out", _folder["my sweep"], .. more]);
}
