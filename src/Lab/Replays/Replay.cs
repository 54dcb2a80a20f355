using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Native;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Replays;

/// <summary>A counterfactual replay: a run is repeated from the checkpoint before a spike with one change, and compared with the record.</summary>
/// <param name="Origin">The spike.</param>
/// <param name="Change">The change.</param>
/// <param name="At">The step of the change.</param>
/// <param name="Until">The last step of the counterfactual run.</param>
internal sealed record Replay(SpikeOrigin Origin, Change Change, long At, long Until)
{
    /// <summary>A replay, with defaults for missing steps.</summary>
    /// <param name="origin">The spike.</param>
    /// <param name="change">What is different.</param>
    /// <param name="at">The step from which it is; by default the spike's onset, or the checkpoint, as the change says.</param>
    /// <param name="until">The last step; by default half the spike's length after its end.</param>
    /// <exception cref="InputException">The steps do not go together.</exception>
    public static Replay Of(SpikeOrigin origin, Change change, long? at, long? until)
    {
        var (checkpoint, spike) = (origin.Checkpoint.Step, origin.Spike);
        var from = at ?? (change.ActsAtCheckpoint ? checkpoint : spike.OnsetStep);
        var last = until ?? Math.Min(Limits.MaxSteps, spike.EndStep + (spike.EndStep - spike.OnsetStep + 1) / 2);
        return from < checkpoint ? throw new InputException($"--at {from} is before the checkpoint: spike {spike.Id} can be changed from step {checkpoint} on")
            : from > checkpoint
                && !change.ActsAnywhere ? throw new InputException($"--at {from}: {change.Text} acts at the checkpoint, step {checkpoint}, and nowhere else")
            : last <= from ? throw new InputException(
                $"--steps {last} is no later than the change at step {from}: --steps is the last step of the counterfactual run")
            : new Replay(origin, change, from, last);
    }

    /// <summary>Trains the counterfactual run, writes its run folder and figures, and prints the comparison.</summary>
    /// <param name="directory">The run folder, or null for a free one under <c>runs</c>.</param>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="json">Print the report as JSON and nothing else.</param>
    /// <param name="cancellation">Ends the run early, with everything written.</param>
    /// <exception cref="InputException">The run has been changed since, or the folder cannot be written.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public RunOutcome Run(string? directory, Terminal terminal, bool json, CancellationToken cancellation)
    {
        var experiment = Change.Of(Origin.Experiment, At) with { Name = Name, Steps = (int)Until };
        using var objective = ExperimentRunner.Prepare(experiment.WithoutInitialFile());
        var from = Origin.At(objective);
        objective.SetParameters(from.Point);
        objective.RestoreBuffers(from.Buffers);
        using var batches = experiment.CreateBatches(objective);
        Origin.RequireUnchanged(objective, batches);
        using var optimizer = experiment.Optimizer.Create(objective);
        using var writer = RunWriter.Create(directory, experiment, EnvironmentReport.Of(experiment));
        optimizer.Restore(OptimizerState.FromTensors(from.Optimizer));
        var statistics = RunStatistics.Of(experiment);
        var view = ExperimentRunner.View(experiment, statistics, terminal, json);
        using var monitor = experiment.CreateMonitor(objective, batches, optimizer, writer, statistics, view);
        try
        {
            monitor.Resume(Origin.Before, Origin.Past.Audits.Where(a => a.Step < from.Step), from.Monitor, from.LastWarning);
        }
        catch (InvalidDataException e)
        {
            throw Origin.Changed(e.Message);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, writer.Failed);
        var trainer = new Trainer(
            objective, optimizer, monitor, new StopRules(experiment.Steps, experiment.Stop), batches)
        { Step = from.Step, Every = 1, Checkpoint = Reached };
        var outcome = view.During(() =>
        {
            Reached(from.Step);
            return trainer.Run(stop.Token);
        });
        writer.ThrowIfFailed();
        writer.Finish(statistics.Summarize(outcome));
        Report(writer.Directory, terminal, json);
        return outcome;

        void Reached(long step)
        {
            if (step == At)
            {
                Change.Act(experiment, step, objective, optimizer);
            }
        }
    }

    private string Name
    {
        get
        {
            const int Longest = 100; // as experiments may be called
            var end = string.Create(CultureInfo.InvariantCulture, $"-spike-{Origin.Spike.Id}-{Change.Word}");
            var name = Origin.Experiment.Name;
            return name[..Math.Min(name.Length, Longest - end.Length)] + end;
        }
    }

    /// <summary>Compares both runs: report, figures, table.</summary>
    private void Report(string directory, Terminal terminal, bool json)
    {
        var second = RecordedRun.Open(directory);
        var was = Origin.Past.Measurements.Where(m => m.Step >= Origin.Checkpoint.Step && m.Step <= Until).ToList();
        var report = new ReplayReport(
            Path.GetFullPath(Origin.Directory), Origin.Spike.Id, Change.Text, Origin.Checkpoint.Step, At,
            Branch.Of(was, Origin.Spike), Branch.Of(second.Measurements, second.Events.OfType<SpikeEvent>().FirstOrDefault(s => s.Id == Origin.Spike.Id)));
        AtomicFile.WriteText(Path.Combine(directory, "replay.json"), report.Describe() + "\n");
        var figure = ReplayFigure.Draw(report, Origin.Spike, was, second.Measurements).Save(second.FiguresDirectory, "replay", FigureFormat.Png);
        var others = RunFigures.Draw(second, FigureFormat.Png);
        if (json)
        {
            terminal.Results.WriteLine(report.Describe(("directory", directory), ("figure", figure)));
            return;
        }

        ReplayTable.Print(terminal.ResultsConsole, report);
        terminal.Results.WriteLine($"folder: {directory}");
        foreach (var path in others.Prepend(figure))
        {
            terminal.Results.WriteLine($"figure: {path}");
        }
    }
}
