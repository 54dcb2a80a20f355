using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Native;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>
/// One run with its folder, advanced by its owner: <c>lab run</c> in one go, the playground in slices. All of it belongs to one thread.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly RunWriter _writer;
    private readonly RunStatistics _statistics;
    private readonly CheckpointFolder _checkpoints;
    private readonly CancellationTokenSource _stop;
    private readonly TrainingSetup _training;
    private RecordedRun? _past;

    private TrainingRun(
        StartingPoint start, RunWriter writer, Checkpoint? from, RunStatistics statistics, IMonitorSink view, CancellationToken cancellation)
    {
        (Experiment, _writer, _statistics) = (start.Experiment, writer, statistics);
        _checkpoints = new CheckpointFolder(writer.Directory, Experiment.Checkpoint);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, writer.Failed);
        _training = new TrainingSetup(start, Save, writer, statistics, view, new SpikePins(_checkpoints, writer));
        if (from is null)
        {
            _training.Begin();
            Save(_training.Loop.Step);
            return;
        }

        _past = _training.Continue(from, writer.Directory);
        if (_past is not null)
        {
            _statistics.Resume(_past, from.UnconvergedSteps);
        }
    }

    /// <summary>Begins a run: its folder, and the checkpoint of its start.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="directory">The run folder, or null for a free one under <c>runs</c>.</param>
    /// <param name="statistics">Receives the run for its summary.</param>
    /// <param name="view">Receives the run as it trains.</param>
    /// <param name="cancellation">Makes the step under way the last.</param>
    /// <param name="world">The ranks that share the run, of which this is the first; null for one process.</param>
    /// <param name="repeated">The record of the run that a flow leaves; null where there is none.</param>
    /// <exception cref="InputException">Data or folder are not what they should be.</exception>
    /// <exception cref="OperationCanceledException">Asked for before a flow began; there is no folder then.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static TrainingRun Start(
        Experiment experiment,
        string? directory,
        RunStatistics statistics,
        IMonitorSink view,
        CancellationToken cancellation,
        Collective? world = null,
        RepeatedRun? repeated = null) => Create(
            experiment,
            experiment,
            start =>
            {
                if (directory is not null)
                {
                    RunWriter.RequireNew(directory);
                }

                start.Flow?.Begin(repeated, cancellation);
                return (RunWriter.Create(directory, experiment, EnvironmentReport.Of(experiment, start.World)), null);
            },
            statistics,
            view,
            world,
            cancellation);

    /// <summary>Resumes a run from its newest whole checkpoint, as if it had never stopped.</summary>
    /// <param name="experiment">The run's own experiment, with more steps if it is to become longer.</param>
    /// <param name="held">The right to write the run folder; the run gives it back, but not where this fails.</param>
    /// <param name="warn">Receives a sentence for each damaged checkpoint.</param>
    /// <param name="statistics">Receives the run for its summary.</param>
    /// <param name="view">Receives the run from here on; earlier steps go to <paramref name="recall"/>.</param>
    /// <param name="cancellation">Makes the step under way the last.</param>
    /// <param name="recall">Receives what the run has recorded so far.</param>
    /// <param name="world">The ranks that share the run, of which this is the first; null for one process.</param>
    /// <exception cref="InputException">There is no checkpoint, or the folder is not what it should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static TrainingRun Resume(
        Experiment experiment,
        FolderLock held,
        Action<string> warn,
        RunStatistics statistics,
        IMonitorSink view,
        CancellationToken cancellation,
        Action<RecordedRun>? recall = null,
        Collective? world = null)
    {
        var run = Create(experiment, experiment.WithoutInitialFile(), _ => Reopen(experiment, held, warn), statistics, view, world, cancellation);
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
    public long Step => _training.Loop.Step;

    /// <summary>η of that step.</summary>
    public double LearningRate => Experiment.Optimizer.Schedule.At(Step, Experiment.Optimizer.LearningRate);

    /// <inheritdoc cref="Trainer.Run"/>
    public RunOutcome Run() => _training.Loop.Run(_stop.Token);

    /// <inheritdoc cref="Trainer.Advance"/>
    public RunOutcome? Advance() => _training.Loop.Advance(_stop.Token);

    /// <summary>Another learning rate, from the next step on. config.yaml has it as a schedule, so that running it repeats this run.</summary>
    public void ChangeLearningRate(double value)
    {
        Experiment = Experiment with { Optimizer = Experiment.Optimizer with { Schedule = Experiment.Optimizer.Schedule.Then((int)Step, value) } };
        _training.Replace(Experiment.Optimizer);
        _writer.Describe(Experiment);
    }

    /// <summary>Writes the summary of a run that has ended.</summary>
    /// <exception cref="InputException">The folder could not be written, now or on the way.</exception>
    public RunSummary Finish(RunOutcome outcome)
    {
        _writer.ThrowIfFailed();
        var summary = _statistics.Summarize(outcome);
        if (Experiment.Flow is not null || Experiment.Monitor.Flow is not null)
        {
            _writer.Flush();
            summary = summary with { Flow = FlowScore.Of(MetricsTable.Read(Path.Combine(Directory, RecordedRun.MetricsFile))) };
        }

        _writer.Finish(summary);
        return summary;
    }

    /// <inheritdoc cref="RunWriter.Describe(RunSummary)"/>
    public string Describe(RunSummary summary) => _writer.Describe(summary);

    public void Dispose()
    {
        _training.Dispose();
        _stop.Dispose();
        _writer.Dispose();
    }

    private static TrainingRun Create(
        Experiment experiment,
        Experiment start,
        Func<StartingPoint, (RunWriter, Checkpoint?)> open,
        RunStatistics statistics,
        IMonitorSink view,
        Collective? world,
        CancellationToken cancellation)
    {
        var from = StartingPoint.Of(experiment, start, world ?? new SingleProcess());
        RunWriter? writer = null;
        try
        {
            using var scope = NewDisposeScope(); // of the checkpoint's tensors
            (writer, var checkpoint) = open(from);
            return new TrainingRun(from, writer, checkpoint, statistics, view, cancellation);
        }
        catch
        {
            writer?.Dispose();
            from.Dispose();
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

    private void Save(long step)
    {
        using var scope = NewDisposeScope();
        var checkpoint = _training.State(step, _writer.Flush(), _statistics.UnconvergedSteps);
        _writer.Attempt(() => _checkpoints.Add(checkpoint, _training.Monitor.OnsetStep));
    }
}
