using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Spectra;

/// <summary>A run folder or an experiment file, and the steps of its training at which spectra are measured.</summary>
internal sealed class SpectrumSource
{
    private readonly RecordedRun? _past;
    private readonly RepeatedRun? _repeated;
    private readonly IReadOnlyList<long> _checkpoints;

    private SpectrumSource(Experiment experiment, RecordedRun? past, IReadOnlyList<long> checkpoints, IReadOnlyList<long> steps) =>
        (Experiment, _past, _repeated, _checkpoints, Steps) = (experiment, past, past is null ? null : new RepeatedRun(past), checkpoints, steps);

    /// <summary>The experiment.</summary>
    public Experiment Experiment { get; }

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<long> Steps { get; }

    /// <summary>Opens a run folder or an experiment file.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="overrides">Values of the file that are replaced.</param>
    /// <param name="steps">The steps; none for the start and, of a run, all its checkpoints.</param>
    /// <exception cref="InputException">It is neither, or has no such step.</exception>
    public static SpectrumSource Open(string path, IReadOnlyList<string> overrides, IReadOnlyList<long> steps)
    {
        var isRun = Directory.Exists(path);
        if (isRun && !File.Exists(Path.Combine(path, RecordedRun.ConfigFile)))
        {
            throw new InputException($"{path} is no run folder: there is no {RecordedRun.ConfigFile} in it");
        }

        if (isRun && overrides.Count > 0)
        {
            throw new InputException("--set goes with an experiment file; a run is measured as it was made");
        }

        var past = isRun ? RecordedRun.Open(path) : null;
        var experiment = past?.Experiment ?? ExperimentFile.Load(path, overrides);
        IReadOnlyList<long> checkpoints = isRun ? [.. new CheckpointFolder(path, experiment.Checkpoint).Steps] : [];
        long last = past is null ? experiment.Steps : past.Measurements.Select(m => m.Step).DefaultIfEmpty(0).Max();
        foreach (var step in steps)
        {
            if (step < 0 || step > last)
            {
                throw new InputException($"--step is {step}, but the {(isRun ? "run" : "experiment")} has steps 0 to {last}");
            }
        }

        if (experiment.Flow is not null)
        {
            RequireCheckpoints(path, isRun, checkpoints, steps);
        }

        long[] first = experiment.Flow is null ? [0] : [];
        long[] chosen = [.. steps.Count > 0 ? steps : [.. first, .. checkpoints.Where(c => c <= last)]];
        if (chosen.Length == 0)
        {
            throw new InputException($"{path} is a flow, which can be measured at its checkpoints, and none was kept");
        }

        return new SpectrumSource(experiment, past, checkpoints, [.. chosen.Distinct().Order()]);
    }

    /// <summary>Between the checkpoints of a flow there are no steps of an optimizer to repeat.</summary>
    private static void RequireCheckpoints(string path, bool isRun, IReadOnlyList<long> checkpoints, IReadOnlyList<long> steps)
    {
        if (!isRun)
        {
            throw new InputException($"{path} describes a flow, which is measured in its run folder: lab run {path} makes one");
        }

        foreach (var step in steps.Except(checkpoints).Take(1))
        {
            throw new InputException($"--step is {step}, but {path} is a flow, which can be measured at its checkpoints: {string.Join(", ", checkpoints)}");
        }
    }

    /// <summary>
    /// Visits the steps. From the checkpoint or the start before each, the training is repeated without measuring. Cost: a gradient for each step
    /// in between.
    /// </summary>
    /// <param name="visit">Is given each moment; valid during the call.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InputException">The folder has been changed since the run.</exception>
    public void Visit(Action<Moment> visit, CancellationToken cancellation)
    {
        var beginning = Origin(Steps[0]);
        using var objective = ExperimentRunner.Prepare(beginning is null ? Experiment : Experiment.WithoutInitialFile());
        using var batches = Experiment.CreateBatches(objective);
        using var optimizer = Experiment.Optimizer.Create(objective);
        long at = beginning is null ? 0 : -1;
        foreach (var step in Steps)
        {
            if (Origin(step) is { } origin && origin > at)
            {
                at = Continue(origin, objective, optimizer);
            }

            for (; ; at++)
            {
                using var scope = NewDisposeScope();
                cancellation.ThrowIfCancellationRequested();
                var point = objective.GetParameters();
                using var batch = batches?.Whole.Over(batches.Sampler.At(at));
                var (update, loss) = Next(batch ?? objective, optimizer, at, point);
                if (at == step)
                {
                    _repeated?.Require(step, loss);
                    visit(new Moment(step, batches?.Measured ?? objective, update.Edge));
                    objective.SetParameters(update.Point); // the optimizer has taken this step already
                    at++;
                    break;
                }

                objective.SetParameters(update.Point);
            }
        }
    }

    private static (Update Update, double Loss) Next(IObjective seen, IOptimizer optimizer, long step, Tensor point)
    {
        using var derivatives = seen.Evaluate(curvature: false);
        return (optimizer.Next(step, point, derivatives.Gradient), derivatives.Loss);
    }

    /// <summary>The newest checkpoint not past a step; null for the start.</summary>
    private long? Origin(long step) => _checkpoints.Where(c => c <= step).Select(c => (long?)c).DefaultIfEmpty(null).Max();

    private long Continue(long origin, IObjective objective, IOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        var checkpoint = new CheckpointFolder(_past!.Directory, Experiment.Checkpoint).Any(origin);
        if (checkpoint.Point.shape is not [var dimension] || dimension != objective.Dimension)
        {
            throw _repeated!.Changed($"config.yaml gives {objective.Dimension} parameters, and the checkpoint holds another number");
        }

        var here = checkpoint.To(objective.DataType, objective.Device);
        objective.SetParameters(here.Point);
        objective.RestoreBuffers(here.Buffers);
        optimizer.Restore(OptimizerState.FromTensors(here.Optimizer));
        return origin;
    }
}
