using System.Globalization;
using System.Numerics;

namespace LossSpikes.Lab.Distributed;

/// <summary>The processes that mpirun or srun has started together.</summary>
internal sealed class MpiCollective : Collective
{
    // What launchers tell the processes they start; srun does it by the plug-in that --mpi names.
    private static readonly string[] SizeVariables = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];
    private static readonly string[] Marks = [.. SizeVariables, "PMIX_RANK", "PMI_RANK"];

    private readonly MpiLibrary _mpi;
    private readonly Watchdog _watchdog;

    private MpiCollective(MpiLibrary mpi, RankSettings settings) =>
        (_mpi, _watchdog, Threads) = (mpi, new Watchdog(settings.Timeout, mpi.Rank), settings.Threads);

    /// <summary>Whether a launcher of MPI has started this process.</summary>
    public static bool IsLaunched => Marks.Any(name => Environment.GetEnvironmentVariable(name) is not null);

    public override int Rank => _mpi.Rank;

    public override int Size => _mpi.Size;

    public override string Engine => _mpi.Version;

    /// <summary>Joins the others.</summary>
    /// <exception cref="InputException">There is no library, it is not that of the launcher, or there are more or fewer ranks.</exception>
    public static MpiCollective Join(RankSettings settings)
    {
        var mpi = MpiLibrary.Load(settings.Library);
        if (mpi.Size == 1 && Launched() is > 1 and var launched)
        {
            throw new InputException($"{launched} processes were started, but each is alone for {mpi.Version}: the launcher belongs to another MPI; use the "
                + "mpirun of that library, or name the launcher's by --mpi-lib PATH (with srun: --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH)");
        }

        return mpi.Size == settings.Ranks ? new MpiCollective(mpi, settings)
            : throw new InputException($"--ranks {settings.Ranks}, but the launcher has started {mpi.Size}");
    }

    /// <summary>Whether a run can be shared by so many processes.</summary>
    public static bool IsPossible(int ranks) => ranks >= 1 && BitOperations.IsPow2(ranks);

    public override void Leave() => _mpi.Complete();

    public override void Dispose() => _watchdog.Dispose();

    protected override void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        using var _ = _watchdog.Guard(partner);
        _mpi.SendReceive(partner, sent, received);
    }

    private static int? Launched() => SizeVariables.Select(Environment.GetEnvironmentVariable)
        .Select(v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : (int?)null).FirstOrDefault(s => s is not null);
}
