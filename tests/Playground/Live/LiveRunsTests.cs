using LossSpikes.Lab;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>Runs that a page controls while they train, and the folders that they write.</summary>
public sealed class LiveRunsTests
{
    [Fact]
    public async Task A_paused_run_stays_at_its_step_and_a_step_is_one_step()
    {
        using var lab = new LiveLab("steps=100000");
        var trace = await lab.Start();
        await LiveLab.Reach(trace, 5);

        var paused = await lab.Runs.Pause(1);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(paused.Step, trace.Now().Rows);

        Assert.Equal(paused.Step + 1, (await lab.Runs.Step(1)).Step);
        Assert.Equal(paused.Step + 1, trace.Now().Rows);

        await lab.Runs.Resume(1);
        Assert.True((await LiveLab.Reach(trace, (int)paused.Step + 20)).Rows >= paused.Step + 20);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Two_runs_at_a_time_write_the_same_folders_as_lab_run()
    {
        using var lab = new LiveLab();
        var (first, second) = (await lab.Start(), await lab.Start());
        await LiveLab.Reach(first);
        Assert.Equal("completed", (await LiveLab.Reach(second)).Status.Outcome);
        var result = LabResult.Run("run", lab["small.yaml"], "--out", lab["alone"]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);

        lab.Quit(); // waits for the figures

        foreach (var run in new[] { "runs/small", "runs/small-2" })
        {
            lab.AssertSame("alone", run);
            Assert.Equal(lab.File("alone/config.yaml"), lab.File($"{run}/config.yaml"));
            Assert.Equal(Names("alone"), Names(run));
        }

        IEnumerable<string> Names(string run) =>
            Directory.EnumerateFiles(lab[run], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(lab[run], f)).Order();
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_changed_learning_rate_becomes_a_schedule_that_repeats_the_run()
    {
        using var lab = new LiveLab();
        var trace = await lab.Start();
        await lab.Runs.Pause(1);
        var at = (await lab.Runs.Step(1)).Step;
        await lab.Runs.ChangeLearningRate(1, 0.6);
        await lab.Runs.ChangeLearningRate(1, 0.3); // at the same step: only the last one is used
        await lab.Runs.Step(1);
        Assert.Equal(0.25, (await lab.Runs.ChangeLearningRate(1, 0.25)).LearningRate);
        await lab.Runs.Resume(1);
        await LiveLab.Reach(trace);

        var result = LabResult.Run("run", lab["runs/small/config.yaml"], "--out", lab["again"]);

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        lab.AssertSame("again", "runs/small");
        var threshold = MetricsTable.Read(lab["again/metrics.csv"]).Threshold;
        Assert.Equal([2 / 0.35, 2 / 0.3, 2 / 0.25, 2 / 0.25], threshold[(int)(at - 1)..(int)(at + 3)]);
        Assert.DoesNotContain("0.6", lab.File("runs/small/config.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Quitting_leaves_folders_that_lab_resume_completes()
    {
        using var lab = new LiveLab("steps=300", "checkpoint.every=20");
        var trace = await lab.Start();
        await LiveLab.Reach(trace, 25);
        await lab.Runs.ChangeLearningRate(1, 0.3);
        await LiveLab.Reach(trace, 40);

        lab.Quit();

        Assert.Equal("interrupted", trace.Status.Outcome);
        Assert.True(RecordedRun.Open(lab["runs/small"]).Metrics.Rows >= 40);
        File.Copy(lab["runs/small/config.yaml"], lab["whole.yaml"]);
        Assert.Equal(0, LabResult.Run("resume", lab["runs/small"]).ExitCode);
        Assert.Equal(0, LabResult.Run("run", lab["whole.yaml"], "--out", lab["whole"]).ExitCode);
        lab.AssertSame("whole", "runs/small");
    }

    [Fact]
    public async Task A_folder_that_is_trained_here_is_refused_to_lab_resume_until_it_quits()
    {
        using var lab = new LiveLab("steps=100000");
        var trace = await lab.Start();
        await LiveLab.Reach(trace, 5);

        var refused = LabResult.Run("resume", lab["runs/small"]);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains($"is being written by process {Environment.ProcessId} (", refused.Diagnostics, StringComparison.Ordinal);
        lab.Quit();
        var rows = RecordedRun.Open(lab["runs/small"]).Metrics.Rows;
        Assert.Equal(0, LabResult.Run("resume", lab["runs/small"], "--steps", $"{rows + 5}").ExitCode);
        Assert.Equal(rows + 6, RecordedRun.Open(lab["runs/small"]).Metrics.Rows);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_branch_begins_before_its_spike_and_repeats_its_source_until_something_is_changed()
    {
        using var lab = new LiveLab("checkpoint.every=10");
        await LiveLab.Reach(await lab.Start());
        var spike = RecordedRun.Open(lab["runs/small"]).Spikes[1];

        var same = lab.Trace(await lab.Runs.Branch(1, spike.Id));
        var begun = same.Now();
        Assert.Equal(RunPhase.Paused, begun.Status.Phase);
        Assert.Equal(spike.OnsetStep / 10 * 10, begun.Rows);
        await lab.Runs.Resume(2);
        await LiveLab.Reach(same);
        lab.AssertSame("runs/small", $"runs/small-spike-{spike.Id}");

        var other = lab.Trace(await lab.Runs.Branch(1, spike.Id));
        await lab.Runs.ChangeLearningRate(3, 0.1);
        await lab.Runs.Resume(3);
        await LiveLab.Reach(other);
        var folder = RecordedRun.Open(lab[$"runs/small-spike-{spike.Id}-2"]);
        Assert.Equal(spike.Id - 1, folder.Spikes.Count);
        Assert.Equal(lab.Metrics("runs/small").Take(begun.Rows + 1), lab.Metrics($"runs/small-spike-{spike.Id}-2").Take(begun.Rows + 1));
    }

    [Fact]
    public async Task A_run_whose_folder_is_removed_ends_and_says_so()
    {
        using var lab = new LiveLab("steps=100000");
        var trace = await lab.Start();
        await LiveLab.Reach(trace, 5);
        var cursor = new TraceCursor(trace);
        Assert.False(LiveLab.Delta(cursor)!.Value.GetProperty("gone").GetBoolean());

        Directory.Delete(lab["runs/small"], recursive: true);

        Assert.Contains("runs/small was moved or removed", (await LiveLab.Reach(trace)).Status.Message, StringComparison.Ordinal);
        Assert.Equal(RunPhase.Failed, trace.Status.Phase);
        Assert.True(LiveLab.Delta(new TraceCursor(trace))!.Value.GetProperty("gone").GetBoolean());
    }

    [Fact]
    public async Task Impossible_requests_are_refused_in_one_sentence()
    {
        using var lab = new LiveLab("steps=200000");
        Assert.Contains("at most 100000", (await Assert.ThrowsAsync<InputException>(() => lab.Start())).Message, StringComparison.Ordinal);
        Assert.Contains("no run 5", (await Assert.ThrowsAsync<InputException>(() => lab.Runs.Pause(5))).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task There_is_room_for_eight_runs_until_one_is_removed()
    {
        using var lab = new LiveLab("steps=2");
        for (var i = 0; i < LiveRuns.MostRuns; i++)
        {
            await LiveLab.Reach(await lab.Start());
        }

        await Assert.ThrowsAsync<InputException>(lab.Start);
        await lab.Runs.Remove(3);
        Assert.Equal(11, (await lab.Start()).Header.Id); // the colour of 3, which is free
        Assert.Equal([1, 2, 4, 5, 6, 7, 8, 11], lab.Runs.Traces.Select(t => t.Header.Id));
        Assert.True(Directory.Exists(lab["runs/small-3"]));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Ten_thousand_steps_read_by_two_pages_leave_no_tensor_behind()
    {
        using var lab = new LiveLab("steps=10000", "monitor.every=10", "optimizer.learning_rate=0.1");
        var trace = await lab.Start();
        TraceCursor[] pages = [new(trace), new(trace)];
        await LiveLab.Reach(trace, 1000);
        var (tensors, memory) = (LiveTensors.Settled(), Memory());
        while (trace.Now() is { Rows: < 9500, Status.Phase: RunPhase.Running })
        {
            Array.ForEach(pages, page => LiveLab.Delta(page));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        // Before the end, since the report of the run leaves pooled memory behind. The columns hold 14 numbers a row, in at most twice the room.
        Assert.InRange(Memory() - memory, long.MinValue, 9000 * 14 * 8 * 2 + (4 << 20));
        await LiveLab.Reach(trace);
        Assert.InRange(TorchSharp.torch.Tensor.TotalCount, 0, tensors + 50);

        static long Memory() => GC.GetTotalMemory(forceFullCollection: true);
    }
}
