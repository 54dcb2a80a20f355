namespace LossSpikes.Lab.Sweeps;

/// <summary>What runs the members of a sweep: each by <c>lab sweep member</c>.</summary>
internal interface ISweepLauncher
{
    /// <summary>Has members run.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="members">Those to run: none that is done, queued or running.</param>
    /// <param name="cancellation">Ends what runs within this call; each member writes a checkpoint.</param>
    /// <returns>What was submitted, in words; null where the members have ended already.</returns>
    /// <exception cref="InputException">They cannot be run so.</exception>
    Task<string?> Submit(SweepFolder sweep, IReadOnlyList<SweepMember> members, CancellationToken cancellation);

    /// <summary>The members that are queued or running, by their index.</summary>
    Task<IReadOnlyDictionary<int, MemberState>> Query(SweepFolder sweep);

    /// <summary>Takes members off the queue, and interrupts those that run.</summary>
    /// <returns>What was cancelled, in words; null where there was nothing.</returns>
    Task<string?> Cancel(SweepFolder sweep);

    /// <summary>The files that a member's output may stand in, the latest last.</summary>
    IEnumerable<string> LogsOf(SweepFolder sweep, SweepMember member);
}
