using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>A training with a spike: the objective, the rule of its updates, and the moments before and after.</summary>
/// <param name="Experiment">Objective and optimizer, with the learning rate under which the loss spiked.</param>
/// <param name="Objective">The objective; the case owns it.</param>
/// <param name="Before">The moment before the spike; the case owns it.</param>
internal sealed record TrainingCase(Experiment Experiment, IObjective Objective, Snapshot Before) : IDisposable
{
    /// <summary>Makes the objective in another precision, at its start.</summary>
    public required Func<Precision, IObjective> Create { get; init; }

    /// <summary>Whether the moment before is known to be the start of the training.</summary>
    public bool IsStart { get; init; }

    /// <summary>The moment after the spike; null where it is not known.</summary>
    public Snapshot? After { get; init; }

    /// <summary>The learning rates that the checkpoints before and after the spike name; null where one of them names none.</summary>
    public (double Before, double After)? LearningRates { get; init; }

    /// <summary>The batches of the spike's window, by step; empty where they are not known.</summary>
    public IReadOnlyDictionary<long, IReadOnlyList<long>> Window { get; init; } = new Dictionary<long, IReadOnlyList<long>>();

    /// <summary>How many examples there are without those that only the window has.</summary>
    public long? Examples { get; init; }

    /// <summary>The record of the spike, where it happened in a run of the lab.</summary>
    public SpikeEvent? Recorded { get; init; }

    /// <summary>How many steps it takes from before the spike to well after it; null where its end is not known.</summary>
    public int? StepsToEnd { get; init; }

    /// <summary>What was taken for granted, as sentences.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];

    /// <summary>Whether every update sees all examples.</summary>
    public bool IsFullBatch => Experiment.Optimizer.Batch is null;

    /// <summary>The mini-batches; null where every update sees all examples.</summary>
    /// <param name="skipped">Steps of the window whose batches are replaced by others.</param>
    public MiniBatches? CreateBatches(IReadOnlySet<long>? skipped = null)
    {
        if (Experiment.Optimizer.Batch is not { } size || Objective is not IFiniteSum whole)
        {
            return null;
        }

        var examples = Examples ?? whole.Examples;
        var sampler = new BatchSampler(examples, size, Experiment.Optimizer.Order, Experiment.Seed)
        {
            Given = Window.Where(w => skipped?.Contains(w.Key) != true).ToDictionary(),
        };
        return new MiniBatches(whole, sampler, Experiment.Monitor.Probe ?? (examples < whole.Examples ? (int)examples : null));
    }

    /// <summary>Moves the objective to a moment.</summary>
    public void GoTo(Snapshot moment)
    {
        Objective.SetParameters(moment.Point);
        Objective.RestoreBuffers(moment.Buffers);
    }

    public void Dispose()
    {
        Objective.Dispose();
        Before.Dispose();
        After?.Dispose();
    }
}
