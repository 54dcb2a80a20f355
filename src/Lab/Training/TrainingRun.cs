using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Native;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>
/// One run with its folder, advanced by its owner: <c>lab run</c> in one go, the playground in slices. All of it belongs to one thread.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly IObjective _objective;
    private readonly MiniBatches? _batches;
    private readonly RunWriter _writer;
    private readonly RunStatistics _statistics;
    private readonly CurvatureMonitor _monitor;
    private readonly CheckpointFolder _checkpoints;
    private readonly CancellationTokenSource _stop;
    private readonly Trainer _trainer;
    private RecordedRun? _past;

    private TrainingRun(
        Experiment experiment,
        IObjective objective,
        MiniBatches? batches,
        RunWriter writer,
        Checkpoint? from,
        RunStatistics statistics,
        IMonitorSink view,
        CancellationToken cancellation)
    {
        (Experiment, _objective, _batches, _writer, _statistics) = (experiment, objective, batches, writer, statistics);
        _checkpoints = new CheckpointFolder(writer.Directory, experiment.Checkpoint);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, writer.Failed);
        _monitor = experiment.CreateMonitor(objective, batches, writer, statistics, view, new SpikePins(_checkpoints, writer));
        _trainer = new Trainer(objective, experiment.Optimizer.Create(objective), _monitor, new StopRules(experiment.Steps, experiment.Stop), batches)
        {
            Step = from?.Step ?? 0,
            Every = experiment.Checkpoint.Every,
            Checkpoint = Save,
        };
        if (from is null)
        {
            Save(0);
        }
        else
        {
            Continue(from);
        }
    }

    /// <summary>Begins a run: its folder, and the checkpoint of its start.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="directory">The run folder, or null for a free one under <c>runs</c>.</param>
    /// <param name="statistics">Receives the run for its summary.</param>
    /// <param name="view">Receives the run as it trains.</param>
    /// <param name="cancellation">Makes the step under way the last.</param>
    /// <exception cref="InputException">Data or folder are not what they should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static TrainingRun Start(Experiment experiment, string? directory, RunStatistics statistics, IMonitorSink view, CancellationToken cancellation) =>
        Create(experiment, experiment, () => (RunWriter.Create(directory, experiment, EnvironmentReport.Of(experiment)), null), statistics, view, cancellation);

    /// <summary>Resumes a run from its newest whole checkpoint, as if it had never stopped.</summary>
    /// <param name="experiment">The run's own experiment, with more steps if it is to become longer.</param>
    /// <param name="held">The right to write the run folder; the run gives it back, but not where this fails.</param>
    /// <param name="warn">Receives a sentence for each damaged checkpoint.</param>
    /// <param name="statistics">Receives the run for its summary.</param>
    /// <param name="view">Receives the run from here on; earlier steps go to <paramref name="recall"/>.</param>
    /// <param name="cancellation">Makes the step under way the last.</param>
    /// <param name="recall">Receives what the run has recorded so far.</param>
    /// <exception cref="InputException">There is no checkpoint, or the folder is not what it should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static TrainingRun Resume(
        Experiment experiment,
        FolderLock held,
        Action<string> warn,
        RunStatistics statistics,
        IMonitorSink view,
        CancellationToken cancellation,
        Action<RecordedRun>? recall = null)
    {
        var run = Create(experiment, experiment.WithoutInitialFile(), () => Reopen(experiment, held, warn), statistics, view, cancellation);
        if (run._past is { } past)
        {
            recall?.Invoke(past);
            run._past = null;
        }

        return run;
    }

    /// <summary>The experiment; a learning rate that was changed during the run stands in its schedule.</summary>
    public Experiment Experiment { get; private set; }

    /// <summary>The run folder, as a full path.</summary>
    public string Directory => _writer.Directory;

    /// <summary>The step that comes next.</summary>
    public long Step => _trainer.Step;

    /// <summary>η of that step.</summary>
    public double LearningRate => Experiment.Optimizer.Schedule.At(Step, Experiment.Optimizer.LearningRate);

    /// <inheritdoc cref="Trainer.Run"/>
    public RunOutcome Run() => _trainer.Run(_stop.Token);

    /// <inheritdoc cref="Trainer.Advance"/>
    public RunOutcome? Advance() => _trainer.Advance(_stop.Token);

    /// <summary>Another learning rate, from the next step on. config.yaml has it as a schedule, so that running it repeats this run.</summary>
    public void ChangeLearningRate(double value)
    {
        Experiment = Experiment with { Optimizer = Experiment.Optimizer with { Schedule = Experiment.Optimizer.Schedule.Then((int)Step, value) } };
        var before = _trainer.Optimizer;
        _trainer.Optimizer = Experiment.Optimizer.Create(_objective);
        _trainer.Optimizer.Restore(before.State);
        before.Dispose();
        _writer.Describe(Experiment);
    }

    /// <summary>Writes the summary of a run that has ended.</summary>
    /// <exception cref="InputException">The folder could not be written, now or on the way.</exception>
    public RunSummary Finish(RunOutcome outcome)
    {
        _writer.ThrowIfFailed();
        var summary = _statistics.Summarize(outcome);
        _writer.Finish(summary);
        return summary;
    }

    /// <inheritdoc cref="RunWriter.Describe(RunSummary)"/>
    public string Describe(RunSummary summary) => _writer.Describe(summary);

    public void Dispose()
    {
        _monitor.Dispose();
        _trainer.Optimizer.Dispose();
        _stop.Dispose();
        _writer.Dispose();
        _batches?.Dispose();
        _objective.Dispose();
    }

    private static TrainingRun Create(
        Experiment experiment,
        Experiment start,
        Func<(RunWriter, Checkpoint?)> open,
        RunStatistics statistics,
        IMonitorSink view,
        CancellationToken cancellation)
    {
        var objective = ExperimentRunner.Prepare(start);
        RunWriter? writer = null;
        MiniBatches? batches = null;
        try
        {
            batches = experiment.CreateBatches(objective);
            using var scope = NewDisposeScope(); // of the checkpoint's tensors
            experiment.Optimizer.Create(objective).Dispose(); // groups that do not fit are refused before there is a folder
            (writer, var from) = open();
            return new TrainingRun(experiment, objective, batches, writer, from, statistics, view, cancellation);
        }
        catch
        {
            writer?.Dispose();
            batches?.Dispose();
            objective.Dispose();
            throw;
        }
    }

    private static (RunWriter, Checkpoint?) Reopen(Experiment experiment, FolderLock held, Action<string> warn)
    {
        var checkpoints = new CheckpointFolder(held.Directory, experiment.Checkpoint);
        var from = checkpoints.Newest(experiment.Steps, warn);
        if (checkpoints.Newest(long.MaxValue, _ => { }).Step > experiment.Steps && RecordedRun.IsFinished(held.Directory))
        {
            throw new InputException($"{held.Directory} has made all of its {experiment.Steps} steps; --steps N makes it longer");
        }

        return (RunWriter.Reopen(held, experiment, from), from);
    }

    private void Continue(Checkpoint from)
    {
        using var scope = NewDisposeScope();
        if (from.Point.shape is not [var dimension] || dimension != _objective.Dimension)
        {
            throw new InputException(
                $"{_writer.Directory} cannot be resumed: config.yaml gives {_objective.Dimension} parameters, and the checkpoint holds another number");
        }

        var here = from.To(_objective.DataType, _objective.Device);
        _objective.SetParameters(here.Point);
        _objective.RestoreBuffers(here.Buffers);
        _trainer.Optimizer.Restore(OptimizerState.FromTensors(here.Optimizer));
        if (from.Step == 0)
        {
            return; // nothing is recorded yet
        }

        var past = _past = RecordedRun.Open(_writer.Directory);
        try
        {
            _monitor.Resume(past.Measurements, past.Audits, here.Monitor, here.LastWarning);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{Path.Combine(_writer.Directory, RecordedRun.MetricsFile)}: {e.Message}", e);
        }

        _statistics.Resume(past, from.UnconvergedSteps);
    }

    private void Save(long step)
    {
        using var scope = NewDisposeScope();
        var checkpoint = new Checkpoint
        {
            Step = step,
            Lengths = _writer.Flush(),
            LastWarning = _monitor.LastWarning,
            UnconvergedSteps = _statistics.UnconvergedSteps,
            Point = _objective.GetParameters(),
            Buffers = _objective.Buffers,
            Optimizer = _trainer.Optimizer.State.ToTensors(),
            Monitor = _monitor.State,
        };
        _writer.Attempt(() => _checkpoints.Add(checkpoint, _monitor.OnsetStep));
    }
}
