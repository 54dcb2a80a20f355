using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Commands;

/// <summary>A run folder has one writer at a time, in this process or another.</summary>
public sealed class OneWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void While_a_process_writes_a_run_others_are_refused_and_it_ends_with_every_row()
    {
        var (file, run) = (_folder.Write("small.yaml", SmallExperiment.Yaml), _folder["run"]);
        using var first = new BackgroundLab("run", file, "--set", "steps=600", "--set", "checkpoint.every=50", "--out", run);
        first.ReachRows(run, 20);
        foreach (var second in (string[][])[["resume", run], ["run", file, "--out", run], ["run", run + "/config.yaml", "--out", run, "--resume"]])
        {
            var refused = Child.Run("dotnet", [BackgroundLab.Program, .. second]);

            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            var sentence = Assert.Single(refused.Error.TrimEnd('\n').Split('\n'));
            Assert.StartsWith($"{run} is being written by process {first.Id} (lab run {file}", sentence, StringComparison.Ordinal);
            Printable.AssertSentence(sentence);
        }

        var end = first.End();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(Enumerable.Range(0, 601).Select(i => (double)i), MetricsTable.Read(Path.Combine(run, "metrics.csv")).Steps);
        Assert.Empty(Directory.GetFiles(run, "*.partial", SearchOption.AllDirectories));
        Assert.Equal(0, new FileInfo(Path.Combine(run, ".lock")).Length);
        Assert.Equal(0, LabResult.Run("resume", run, "--steps", "610").ExitCode);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_whose_process_was_killed_is_resumed()
    {
        var run = _folder["run"];
        using (var killed = new BackgroundLab("run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--set", "steps=100000", "--out", run))
        {
            killed.ReachRows(run, 20);
            killed.Kill();
        }

        Assert.Equal(0, LabResult.Run("resume", run, "--steps", "150").ExitCode);
        Assert.Equal(151, MetricsTable.Read(Path.Combine(run, "metrics.csv")).Rows);
    }

    [Fact]
    public void A_second_sweep_into_a_folder_is_refused()
    {
        Directory.CreateDirectory(_folder["sweep"]);
        using var first = FolderLock.Take(_folder["sweep"]);

        var second = LabResult.Run("sweep", _folder.Write("small.yaml", SmallExperiment.Yaml), "--over", "seed=0,1", "--out", _folder["sweep"]);

        Assert.Equal((2, ""), (second.ExitCode, second.Output));
        Assert.Contains($"is being written by process {Environment.ProcessId} (", second.Diagnostics, StringComparison.Ordinal);
        Assert.Equal([".lock"], Directory.GetFileSystemEntries(_folder["sweep"]).Select(Path.GetFileName));
    }
}
