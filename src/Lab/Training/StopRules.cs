using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Training;

/// <summary>Why a run ended.</summary>
internal enum RunOutcome
{
    /// <summary>All steps were made.</summary>
    Completed,

    /// <summary>The loss reached the value asked for.</summary>
    LossReached,

    /// <summary>The accuracy reached the value asked for.</summary>
    AccuracyReached,

    /// <summary>The loss was not finite or passed the divergence bound.</summary>
    Diverged,

    /// <summary>The user interrupted it.</summary>
    Interrupted,
}

/// <summary>Decides, at each iterate, whether to go on.</summary>
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
