using System.CommandLine;
using LossSpikes.Lab.Distributed;

namespace LossSpikes.Lab.Commands;

/// <summary>The options of commands that several processes share.</summary>
internal sealed class RankOptionSet
{
    private readonly Option<int?> _ranks = new("--ranks")
    {
        Description = "Share the examples among N processes, a power of two, by MPI (Open MPI or MPICH); 1, 2, 4, … give the same bytes. docs/clusters.md.",
        HelpName = "N",
    };

    private readonly Option<RankLauncherKind> _launcher = new("--launcher")
    {
        Description = "With --ranks: what starts the processes, mpirun or slurm (srun). Started by mpirun or srun already, the processes join each other.",
        DefaultValueFactory = _ => RankLauncherKind.Mpirun,
        HelpName = "mpirun|slurm",
    };

    private readonly Option<string?> _library = new("--mpi-lib")
    {
        Description = "With --ranks: the MPI library. By default libmpi.so.40 (Open MPI) or libmpich.so.12, libmpi.so.12 (MPICH, Intel MPI, Cray).",
        HelpName = "PATH",
    };

    private readonly Option<int> _threads = new("--threads-per-rank")
    {
        Description = "With --ranks: threads of the arithmetic of each process. Results depend on them by rounding.",
        DefaultValueFactory = _ => 1,
        HelpName = "T",
    };

    private readonly Option<int> _timeout = new("--collective-timeout")
    {
        Description = "With --ranks: seconds that a process waits for another before it ends the run, which can then be resumed.",
        DefaultValueFactory = _ => 600,
        HelpName = "S",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_ranks, _launcher, _library, _threads, _timeout])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was given; null without --ranks.</summary>
    /// <exception cref="InputException">A number is not possible, or an option needs --ranks.</exception>
    public RankSettings? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_ranks) is not { } ranks)
        {
            Option[] others = [_launcher, _library, _threads, _timeout];
            return others.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } other
                ? throw new InputException($"{other.Name} goes with --ranks N") : null;
        }

        var (threads, timeout) = (parsed.GetValue(_threads), parsed.GetValue(_timeout));
        return !MpiCollective.IsPossible(ranks) ? throw new InputException($"--ranks {ranks}: expected a power of two, such as 1, 2, 4 or 8")
            : threads is < 1 or > 4096 ? throw new InputException($"--threads-per-rank {threads}: expected 1 to 4096")
            : timeout is < 1 or > 1_000_000 ? throw new InputException($"--collective-timeout {timeout}: expected 1 to 1000000 seconds")
            : new RankSettings(ranks, parsed.GetValue(_launcher), parsed.GetValue(_library), threads, TimeSpan.FromSeconds(timeout));
    }
}
