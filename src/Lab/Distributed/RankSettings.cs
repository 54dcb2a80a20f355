namespace LossSpikes.Lab.Distributed;

/// <summary>What starts the ranks.</summary>
internal enum RankLauncherKind
{
    Mpirun,
    Slurm,
}

/// <summary>How a run is shared by processes.</summary>
/// <param name="Ranks">How many, a power of two.</param>
/// <param name="Launcher">What starts them.</param>
/// <param name="Library">The MPI library; null to look for one.</param>
/// <param name="Threads">Threads of the arithmetic of each.</param>
/// <param name="Timeout">How long a rank waits for another.</param>
internal sealed record RankSettings(int Ranks, RankLauncherKind Launcher, string? Library, int Threads, TimeSpan Timeout)
{
    /// <summary>The chunks of a run whose file names none.</summary>
    public const int DefaultChunks = 16;

    /// <summary>The options by which a rank learns them.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        "--ranks", FormattableString.Invariant($"{Ranks}"),
        "--threads-per-rank", FormattableString.Invariant($"{Threads}"),
        "--collective-timeout", FormattableString.Invariant($"{Timeout.TotalSeconds:F0}"),
        .. Library is null ? [] : (string[])["--mpi-lib", Library],
    ];
}
