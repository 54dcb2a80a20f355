namespace LossSpikes.Lab.Sweeps;

/// <summary>How far a member of a sweep is.</summary>
internal enum MemberState
{
    /// <summary>It has not begun, or was interrupted, and nothing waits to run it.</summary>
    Unfinished,

    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It ended without a summary.</summary>
    Failed,

    /// <summary>It has a summary: completed, stopped by a rule, or diverged.</summary>
    Done,
}

/// <summary>The state of a member.</summary>
/// <param name="Member">The member.</param>
/// <param name="State">How far it is.</param>
/// <param name="LastWords">The last line that a failed member printed, or null.</param>
internal sealed record MemberStatus(SweepMember Member, MemberState State, string? LastWords = null);
