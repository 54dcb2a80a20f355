namespace LossSpikes.Lab.Playground.Live;

/// <summary>What a run is doing.</summary>
internal enum RunPhase
{
    /// <summary>It makes steps.</summary>
    Running,

    /// <summary>It waits for a person.</summary>
    Paused,

    /// <summary>It has come to its end.</summary>
    Ended,

    /// <summary>It broke off: its folder could not be written, say.</summary>
    Failed,

    /// <summary>Another process trains it.</summary>
    Watched,

    /// <summary>Another process trained it, and that is gone.</summary>
    Abandoned,
}

/// <summary>Where a run stands; replaced whole at every change.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Step">The step that came next when it came to stand so.</param>
/// <param name="LearningRate">The η of that step.</param>
/// <param name="Outcome">Why it ended, or null.</param>
/// <param name="Message">What went wrong, in a sentence, or null.</param>
internal sealed record RunStatus(RunPhase Phase, long Step, double LearningRate, string? Outcome = null, string? Message = null);
