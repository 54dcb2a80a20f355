using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Training;

/// <summary>Decides, at each iterate, whether to continue.</summary>
internal sealed record StopRules(int Steps, StopSettings Settings)
{
    /// <summary>The reason to stop at this iterate, or null.</summary>
    public RunOutcome? Check(Measurement now, bool diverged) =>
        diverged ? RunOutcome.Diverged
        : now.Loss <= Settings.Loss ? RunOutcome.LossReached
        : now.Accuracy >= Settings.Accuracy ? RunOutcome.AccuracyReached
        : now.Step >= Steps ? RunOutcome.Completed
        : null;
}
