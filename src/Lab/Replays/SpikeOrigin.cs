using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Native;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Replays;

/// <summary>A spike of a finished run, with the state from which it can be repeated.</summary>
/// <param name="Directory">The run folder.</param>
/// <param name="Experiment">The run's experiment.</param>
/// <param name="Past">All that the run recorded.</param>
/// <param name="Spike">The spike.</param>
/// <param name="Checkpoint">The state before it.</param>
internal sealed record SpikeOrigin(string Directory, Experiment Experiment, RecordedRun Past, SpikeEvent Spike, Checkpoint Checkpoint)
{
    // Far below the rise of a spike, far above what another processor rounds differently.
    private const double SameLoss = 0.01, SingleRounding = 1e-6;

    // A threshold follows from the settings, but where gradients are clipped from the gradient too.
    private const double SameThreshold = 1e-5;

    /// <summary>Opens a run folder at one of its spikes.</summary>
    /// <exception cref="InputException">It is no finished run, or has no such spike, or kept no checkpoint before it.</exception>
    public static SpikeOrigin Open(string directory, int id)
    {
        if (!System.IO.Directory.Exists(directory) || !File.Exists(Path.Combine(directory, "config.yaml")))
        {
            throw new InputException(
                $"{directory} is no run folder: {(System.IO.Directory.Exists(directory) ? "there is no config.yaml in it" : "there is no such folder")}");
        }

        if (!RecordedRun.IsFinished(directory))
        {
            throw new InputException($"{directory} is not finished, it has no summary.json yet; lab resume {directory} completes it");
        }

        var past = RecordedRun.Open(directory);
        var experiment = past.Experiment;
        if (experiment.Flow is not null)
        {
            throw new InputException($"{directory} is a flow, not the steps of an optimizer: replay the run that it is the flow of");
        }

        var spikes = past.Events.OfType<SpikeEvent>().ToList(); // a rise can be replayed too
        var spike = spikes.FirstOrDefault(s => s.Id == id) ?? throw new InputException(
            $"{directory} has no spike {id}: it has {IdList.Of(spikes.Select(s => s.Id))}");
        return new SpikeOrigin(directory, experiment, past, spike, ReadCheckpoint(directory, experiment, spikes, id));
    }

    /// <summary>The recorded rows before the checkpoint.</summary>
    public IEnumerable<Measurement> Before => Past.Measurements.Where(m => m.Step < Checkpoint.Step);

    /// <summary>The checkpoint in the dtype of the objective and on its device.</summary>
    /// <exception cref="InputException">It belongs to another number of parameters.</exception>
    public Checkpoint At(IObjective objective) => Checkpoint.Point.shape is [var dimension] && dimension == objective.Dimension
        ? Checkpoint.To(objective.DataType, objective.Device)
        : throw Changed($"config.yaml gives {objective.Dimension} parameters, and the checkpoint holds another number");

    /// <summary>Makes sure that the folder still describes the run that was made.</summary>
    /// <param name="objective">The objective of the counterfactual run, at the checkpoint.</param>
    /// <param name="batches">Its mini-batches, or null.</param>
    /// <exception cref="InputException">Experiment, data or record have been changed since.</exception>
    public void RequireUnchanged(IObjective objective, MiniBatches? batches)
    {
        var recorded = Past.Measurements.FirstOrDefault(m => m.Step == Checkpoint.Step);
        if (recorded is null || Past.Measurements[0].Step != 0)
        {
            throw Changed($"metrics.csv has no row for step {(recorded is null ? Checkpoint.Step : 0)}");
        }

        using var scope = NewDisposeScope();
        using var batch = batches?.Whole.Over(batches.Sampler.At(Checkpoint.Step));
        using var derivatives = (batch ?? objective).Evaluate(curvature: false);
        using var optimizer = Experiment.Optimizer.Create(objective);
        optimizer.Restore(OptimizerState.FromTensors(Checkpoint.To(objective.DataType, objective.Device).Optimizer));
        var threshold = optimizer.Next(Checkpoint.Step, objective.GetParameters(), derivatives.Gradient).Edge.Threshold.Value;
        if (!(Math.Abs(threshold - recorded.Threshold) <= SameThreshold * recorded.Threshold))
        {
            throw Changed(FormattableString.Invariant(
                $"config.yaml gives the threshold {threshold:G6} at step {recorded.Step}, and metrics.csv has {recorded.Threshold:G6}"));
        }

        if (!(Math.Abs(derivatives.Loss - recorded.StepLoss) <= SameLoss * recorded.StepLoss + SingleRounding * Past.Measurements[0].StepLoss))
        {
            throw Changed(
                FormattableString.Invariant(
                    $"config.yaml gives the loss {derivatives.Loss:G6} at step {recorded.Step}, and metrics.csv has {recorded.StepLoss:G6}"));
        }
    }

    /// <summary>The sentence of a folder that no longer fits together.</summary>
    public InputException Changed(string how) => new($"{Directory} has been changed since its run: {how}");

    private static Checkpoint ReadCheckpoint(string directory, Experiment experiment, IReadOnlyList<SpikeEvent> spikes, int id)
    {
        NativeTorch.EnsureLoaded();
        var checkpoints = new CheckpointFolder(directory, experiment.Checkpoint);
        var path = checkpoints.OfSpike(id);
        if (!File.Exists(path))
        {
            throw new InputException(
                $"spike {id} of {directory} kept no checkpoint before it; "
                    + $"{IdList.Of(spikes.Select(s => s.Id).Where(i => File.Exists(checkpoints.OfSpike(i))))} did (checkpoint.spikes sets how many do)");
        }

        try
        {
            return CheckpointFile.Read(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be used: {e.Message}", e);
        }
    }
}
