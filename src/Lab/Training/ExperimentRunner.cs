using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>Runs one experiment from its description to its summary and figures.</summary>
internal static class ExperimentRunner
{
    /// <summary>Trains, writes the run folder, draws its figures and prints the summary.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="directory">The run folder, or null for a free one under <c>runs</c>.</param>
    /// <param name="terminal">Where the run is shown.</param>
    /// <param name="json">Print the summary as JSON and nothing else.</param>
    /// <param name="cancellation">Ends the run early, with everything written and a checkpoint to resume from.</param>
    /// <param name="world">The ranks that share the run; null for one process. All but the first train along, and neither write nor print.</param>
    /// <param name="repeated">The record of the run that a flow leaves; null where there is none.</param>
    /// <exception cref="InputException">Data or folder are not what they should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static RunOutcome Run(
        Experiment experiment,
        string? directory,
        Terminal terminal,
        bool json,
        CancellationToken cancellation,
        Collective? world = null,
        RepeatedRun? repeated = null)
    {
        world ??= new SingleProcess();
        if (world.Rank > 0)
        {
            using var replica = world.Together(() => new TrainingSetup(StartingPoint.Of(experiment, experiment, world), _ => { }));
            return replica.Loop.Run(cancellation);
        }

        var statistics = RunStatistics.Of(experiment);
        var view = View(experiment, statistics, terminal, json);
        try
        {
            using var run = world.Together(() => TrainingRun.Start(experiment, directory, statistics, view, cancellation, world, repeated));
            return Run(run, statistics, view, terminal, json);
        }
        catch (OperationCanceledException)
        {
            terminal.Diagnostics.WriteLine("interrupted before the flow began: there is no run folder");
            return RunOutcome.Interrupted;
        }
    }

    /// <summary>Resumes a run from its newest whole checkpoint, as if it had never stopped.</summary>
    /// <param name="experiment">The run's own experiment, with more steps if it is to become longer.</param>
    /// <param name="directory">The run folder.</param>
    /// <param name="terminal">Where the run is shown.</param>
    /// <param name="json">Print the summary as JSON and nothing else.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <param name="takeOver">Take the folder also from a process of another machine that left its name in it.</param>
    /// <param name="world">The ranks that share the run from here on; null for one process.</param>
    /// <exception cref="InputException">There is no checkpoint, or the folder is not what it should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static RunOutcome Resume(
        Experiment experiment,
        string directory,
        Terminal terminal,
        bool json,
        CancellationToken cancellation,
        bool takeOver = false,
        Collective? world = null)
    {
        world ??= new SingleProcess();
        if (world.Rank > 0)
        {
            world.WaitForOthers(); // rank 0 takes the folder,
            world.WaitForOthers(); // and truncates its files to the checkpoint
            using var replica = world.Together(() => Replica(experiment, directory, world));
            return replica.Loop.Run(cancellation);
        }

        var statistics = RunStatistics.Of(experiment);
        var view = View(experiment, statistics, terminal, json);
        using var held = world.Together(() => FolderLock.Take(directory, takeOver));
        using var run = world.Together(() => TrainingRun.Resume(
            experiment, held, terminal.Diagnostics.WriteLine, statistics, view, cancellation, recall: null, world));
        world.WaitForOthers(); // they read the same checkpoint
        terminal.Diagnostics.WriteLine($"resuming at step {run.Step}");
        return Run(run, statistics, view, terminal, json);
    }

    /// <summary>The objective of an experiment at its starting point, with the process set up so that it repeats.</summary>
    internal static IObjective Prepare(Experiment experiment) => Prepare(experiment, new SingleProcess());

    /// <summary>The same, shared by some ranks.</summary>
    internal static IObjective Prepare(Experiment experiment, Collective world) =>
        Prepare(experiment, device => experiment.CreateObjective(device, world), world.Threads);

    /// <summary>The same with an objective that is made otherwise, on the device it is given.</summary>
    internal static IObjective Prepare(Experiment experiment, Func<Device, IObjective> create, int threads = 1)
    {
        NativeTorch.EnsureLoaded();
        set_num_threads(threads);
        manual_seed(experiment.Seed);
        return create(Devices.Find(experiment.Device));
    }

    /// <summary>The run as a rank above 0 resumes it.</summary>
    private static TrainingSetup Replica(Experiment experiment, string directory, Collective world)
    {
        using var scope = NewDisposeScope(); // of the checkpoint's tensors
        var setup = new TrainingSetup(StartingPoint.Of(experiment, experiment.WithoutInitialFile(), world), _ => { });
        setup.Continue(new CheckpointFolder(directory, experiment.Checkpoint).Newest(experiment.Steps, _ => { }), directory);
        return setup;
    }

    private static RunOutcome Run(TrainingRun run, RunStatistics statistics, IRunView view, Terminal terminal, bool json)
    {
        var outcome = view.During(run.Run);
        var summary = run.Finish(outcome);
        var report = RunReport.Write(RecordedRun.Open(run.Directory), FigureFormat.Png);
        if (json)
        {
            terminal.Results.WriteLine(run.Describe(summary));
        }
        else
        {
            SummaryTable.Print(terminal.ResultsConsole, summary, statistics.FirstSpikes, run.Experiment.Optimizer.Formula, run.Directory, report);
        }

        return outcome;
    }

    /// <summary>The view of a run while it trains.</summary>
    internal static IRunView View(Experiment experiment, RunStatistics statistics, Terminal terminal, bool json) => terminal.Interactive && !json
        ? new LiveView(terminal.DiagnosticsConsole, experiment.Steps, experiment.Optimizer.Formula, statistics)
        : new PlainView(terminal.Diagnostics, experiment.Steps);
}
