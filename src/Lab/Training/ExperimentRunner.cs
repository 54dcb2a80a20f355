using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Spikes;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>Runs one experiment from its description to its summary and figures.</summary>
internal static class ExperimentRunner
{
    /// <summary>Trains, writes the run folder, draws its figures and prints the summary.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="directory">The run folder, or null for a free one under <c>runs</c>.</param>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="json">Print the summary as JSON and nothing else.</param>
    /// <param name="cancellation">Ends the run early, with everything written and a checkpoint to go on from.</param>
    /// <exception cref="InputException">Data or folder are not what they should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static RunOutcome Run(Experiment experiment, string? directory, Terminal terminal, bool json, CancellationToken cancellation)
    {
        using var objective = Prepare(experiment);
        using var writer = RunWriter.Create(directory, experiment, EnvironmentReport.Of(experiment));
        return Run(experiment, objective, writer, from: null, terminal, json, cancellation);
    }

    /// <summary>Goes on with a run from its newest whole checkpoint, as if it had never stopped.</summary>
    /// <param name="experiment">The run's own experiment, with more steps if it is to become longer.</param>
    /// <param name="directory">The run folder.</param>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="json">Print the summary as JSON and nothing else.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <exception cref="InputException">There is nothing to go on from, or the folder is not what it should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static RunOutcome Resume(Experiment experiment, string directory, Terminal terminal, bool json, CancellationToken cancellation)
    {
        using var objective = Prepare(experiment.WithoutInitialFile());
        var checkpoints = new CheckpointFolder(directory, experiment.Checkpoint);
        var from = checkpoints.Newest(experiment.Steps, terminal.Diagnostics.WriteLine);
        if (checkpoints.Newest(long.MaxValue, _ => { }).Step > experiment.Steps && RunWriter.IsFinished(directory))
        {
            throw new InputException($"{directory} has made all of its {experiment.Steps} steps; --steps N makes it longer");
        }

        using var writer = RunWriter.Reopen(directory, experiment, from);
        terminal.Diagnostics.WriteLine($"going on at step {from.Step}");
        return Run(experiment, objective, writer, from, terminal, json, cancellation);
    }

    /// <summary>The objective of an experiment at its starting point, with the process set up so that it repeats.</summary>
    internal static IObjective Prepare(Experiment experiment)
    {
        NativeTorch.EnsureLoaded();
        set_num_threads(1);
        manual_seed(experiment.Seed);
        return ObjectiveFactory.Create(experiment, Devices.Find(experiment.Device));
    }

    private static RunOutcome Run(
        Experiment experiment, IObjective objective, RunWriter writer, Checkpoint? from, Terminal terminal, bool json, CancellationToken cancellation)
    {
        var statistics = new RunStatistics(experiment.Name, experiment.Monitor.MinRise, experiment.Precision == Precision.Float64);
        var threshold = EnvironmentReport.Of(experiment).ThresholdFormula;
        var view = View(experiment, statistics, terminal, json);
        using var optimizer = OptimizerFactory.Create(experiment.Optimizer);
        var checkpoints = new CheckpointFolder(writer.Directory, experiment.Checkpoint);
        using var monitor = new SharpnessMonitor(objective, Options(experiment), writer, statistics, view, new SpikePins(checkpoints, writer));
        if (from is null)
        {
            Save(0);
        }
        else
        {
            using var scope = NewDisposeScope();
            var past = PastRun.Read(writer.Directory, experiment.Monitor.Explanations);
            var here = from.To(objective.DataType, objective.Device);
            objective.MoveTo(here.Point);
            optimizer.Restore(here.Optimizer);
            monitor.Resume(past.Measurements, past.Events.OfType<AuditEvent>().Select(a => a.Step).ToHashSet(), here.Monitor, here.Complaint);
            statistics.Resume(past, from.UnconvergedSteps);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, writer.Failed);
        var trainer = new Trainer(objective, optimizer, monitor, new StopRules(experiment.Steps, experiment.Stop));
        var outcome = view.During(() => trainer.Run(from?.Step ?? 0, experiment.Checkpoint.Every, Save, stop.Token));

        writer.ThrowIfFailed();
        var summary = statistics.Summarize(outcome);
        writer.Finish(summary);
        var report = RunReport.Write(RunFolder.Open(writer.Directory), FigureFormat.Png);
        if (json)
        {
            terminal.Results.WriteLine(writer.Describe(summary));
        }
        else
        {
            SummaryTable.Print(terminal.ResultsConsole, summary, statistics.FirstSpikes, threshold, writer.Directory, report);
        }

        return outcome;

        void Save(long step)
        {
            using var scope = NewDisposeScope();
            var (metrics, events, board) = writer.Flush();
            var checkpoint = new Checkpoint
            {
                Step = step,
                MetricsLength = metrics,
                EventsLength = events,
                TensorBoardLength = board,
                Complaint = monitor.Complaint,
                UnconvergedSteps = statistics.UnconvergedSteps,
                Point = objective.Point(),
                Optimizer = optimizer.State,
                Monitor = monitor.State,
            };
            writer.Guard(() => checkpoints.Add(checkpoint, monitor.OnsetStep));
        }
    }

    /// <summary>What a person sees of a run while it goes.</summary>
    internal static IRunView View(Experiment experiment, RunStatistics statistics, Terminal terminal, bool json) => terminal.Interactive && !json
        ? new LiveView(terminal.DiagnosticsConsole, experiment.Steps, EnvironmentReport.Of(experiment).ThresholdFormula, statistics)
        : new PlainView(terminal.Diagnostics, experiment.Steps);

    /// <summary>How an experiment is watched.</summary>
    internal static MonitorOptions Options(Experiment experiment) => new()
    {
        Every = experiment.Monitor.Every.Steps,
        Eigenvalues = experiment.Monitor.Eigenvalues,
        Guards = experiment.Monitor.Guards,
        Tolerance = experiment.Monitor.Tolerance,
        AuditEvery = experiment.Monitor.AuditEvery,
        Explain = experiment.Monitor.Explain,
        ExplainEvery = experiment.Monitor.ExplainEvery,
        Seed = experiment.Seed,
        Spikes = new SpikeRules
        {
            MinRise = experiment.Monitor.MinRise,
            MaxOpen = experiment.Monitor.MaxOpen,
            DivergenceFactor = experiment.Monitor.DivergenceFactor,
        },
    };
}
