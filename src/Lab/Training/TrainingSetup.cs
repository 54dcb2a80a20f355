using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Flows;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>Objective, optimizer, monitor and loop of a run, without its folder: this is all that the ranks above 0 have.</summary>
internal sealed class TrainingSetup : IDisposable
{
    private readonly StartingPoint _start;

    /// <summary>Sets up the run at its start.</summary>
    /// <param name="start">Its start, which becomes this one's.</param>
    /// <param name="checkpoint">Receives the next step where a checkpoint is due.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    public TrainingSetup(StartingPoint start, Action<long> checkpoint, params IEnumerable<IMonitorSink> sinks)
    {
        _start = start;
        var experiment = start.Experiment;
        IOptimizer optimizer = start.Flow is { } flow ? flow : experiment.Optimizer.Create(start.Objective);
        Monitor = experiment.CreateMonitor(start.Objective, start.Batches, optimizer, sinks);
        Loop = new Trainer(start.Objective, optimizer, Monitor, new StopRules(experiment.Steps, experiment.Stop), start.Batches)
        {
            Every = experiment.Checkpoint.Every,
            Checkpoint = checkpoint,
            World = start.World,
        };
    }

    /// <summary>The monitor.</summary>
    public CurvatureMonitor Monitor { get; }

    /// <summary>The training loop.</summary>
    public Trainer Loop { get; }

    /// <summary>Goes to the first step that is recorded: the one at which a flow begins, where the optimizer stands already, or 0.</summary>
    public void Begin()
    {
        if (Loop.Optimizer is FlowDescent flow)
        {
            using var scope = NewDisposeScope();
            _start.Objective.SetParameters(flow.Point);
            Loop.Step = _start.Experiment.FirstStep;
        }
    }

    /// <summary>Continues from a checkpoint.</summary>
    /// <param name="from">The checkpoint.</param>
    /// <param name="directory">The run folder, which is only read.</param>
    /// <returns>What the run has recorded so far; null where that is nothing.</returns>
    /// <exception cref="InputException">Checkpoint and folder do not fit the experiment.</exception>
    public RecordedRun? Continue(Checkpoint from, string directory)
    {
        using var scope = NewDisposeScope();
        var objective = _start.Objective;
        if (from.Point.shape is not [var dimension] || dimension != objective.Dimension)
        {
            throw new InputException(
                $"{directory} cannot be resumed: config.yaml gives {objective.Dimension} parameters, and the checkpoint holds another number");
        }

        var here = from.To(objective.DataType, objective.Device);
        objective.SetParameters(here.Point);
        objective.RestoreBuffers(here.Buffers);
        Loop.Step = from.Step;
        Loop.Optimizer.Restore(OptimizerState.FromTensors(here.Optimizer));
        if (from.Step == _start.Experiment.FirstStep)
        {
            return null;
        }

        var past = RecordedRun.Open(directory);
        try
        {
            Monitor.Resume(past.Measurements, past.Audits, here.Monitor, here.LastWarning);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{Path.Combine(directory, RecordedRun.MetricsFile)}: {e.Message}", e);
        }

        return past;
    }

    /// <summary>Changes the update rule between two steps; its state stays.</summary>
    public void Replace(OptimizerSettings settings)
    {
        var before = Loop.Optimizer;
        Loop.Optimizer = settings.Create(_start.Objective);
        Loop.Optimizer.Restore(before.State);
        before.Dispose();
    }

    /// <summary>The state of the run in a checkpoint.</summary>
    /// <param name="step">The step that comes next.</param>
    /// <param name="lengths">The lengths of its files.</param>
    /// <param name="unconvergedSteps">See <see cref="Checkpoint.UnconvergedSteps"/>.</param>
    public Checkpoint State(long step, IReadOnlyDictionary<string, long> lengths, long unconvergedSteps) => new()
    {
        Step = step,
        Lengths = lengths,
        LastWarning = Monitor.LastWarning,
        UnconvergedSteps = unconvergedSteps,
        Point = _start.Objective.GetParameters(),
        Buffers = _start.Objective.Buffers,
        Optimizer = Loop.Optimizer.State.ToTensors(),
        Monitor = Monitor.State,
    };

    public void Dispose()
    {
        Monitor.Dispose();
        Loop.Optimizer.Dispose();
        _start.Dispose();
    }
}
