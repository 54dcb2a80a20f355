namespace LossSpikes.Lab.Runs;

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
