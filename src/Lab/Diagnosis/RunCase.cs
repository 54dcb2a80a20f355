using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Replays;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors.Batches;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>A spike of a run of the lab as a case.</summary>
internal static class RunCase
{
    private const long MostSteps = 2000;

    /// <summary>Opens the case at the checkpoint before the spike.</summary>
    /// <param name="directory">The run folder.</param>
    /// <param name="spike">The spike's number.</param>
    /// <exception cref="InputException">There is no such run, spike or checkpoint, or the folder has been changed since.</exception>
    public static TrainingCase Open(string directory, int spike)
    {
        var origin = SpikeOrigin.Open(directory, spike);
        var experiment = origin.Experiment;
        var objective = ExperimentRunner.Prepare(experiment.WithoutInitialFile());
        try
        {
            var from = origin.At(objective);
            var before = new Snapshot(from.Step, from.Point, from.Buffers, OptimizerState.FromTensors(from.Optimizer));
            var opened = new TrainingCase(experiment, objective, before)
            {
                Create = precision => ExperimentRunner.Prepare(experiment.WithoutInitialFile() with { Dtype = precision }),
                Recorded = origin.Spike,
                IsStart = from.Step == 0,
                StepsToEnd = (int)Math.Clamp(origin.Spike.EndStep - from.Step + 20, 20, MostSteps),
                Assumptions = [$"the checkpoint of step {from.Step} is the moment before spike {spike}, steps {origin.Spike.OnsetStep}–{origin.Spike.EndStep}"],
            };
            opened.GoTo(before);
            using var batches = experiment.CreateBatches(objective);
            origin.RequireUnchanged(objective, batches);
            return opened with { Window = batches is null ? opened.Window : Window(batches, origin) };
        }
        catch
        {
            objective.Dispose();
            throw;
        }
    }

    /// <summary>The batches of the steps from the spike's onset to its peak.</summary>
    private static Dictionary<long, IReadOnlyList<long>> Window(MiniBatches batches, SpikeOrigin origin)
    {
        const long Longest = 64;
        var last = Math.Max(origin.Spike.PeakStep, origin.Spike.OpenStep);
        var first = Math.Max(origin.Checkpoint.Step, Math.Max(origin.Spike.OnsetStep, last - Longest));
        return Enumerable.Range(0, (int)(last - first + 1)).ToDictionary(i => first + i, i => batches.Sampler.At(first + i));
    }
}
