using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Views;

/// <summary>What the process returns; wrong usage, 1, is the command-line library's own.</summary>
internal static class ExitCode
{
    public const int Done = 0, BadInput = 2, Diverged = 3, Environment = 4, Interrupted = 130;

    /// <summary>The code of a run that ended so.</summary>
    public static int Of(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Diverged => Diverged,
        RunOutcome.Interrupted => Interrupted,
        _ => Done,
    };
}
