using System.ComponentModel;
using System.Runtime.InteropServices;
using CliWrap;
using CliWrap.Buffered;

namespace LossSpikes.Lab.Distributed;

/// <summary>Starts this program once more as the ranks of a run, by mpirun or by srun, and passes on what they print.</summary>
internal sealed class RankLauncher(RankSettings settings, TextWriter results, TextWriter diagnostics)
{
    // The launchers forward it to the ranks; at SIGINT and SIGTERM they end them after two seconds.
    private const int UserSignal = 10;

    /// <summary>Runs a command line in all ranks.</summary>
    /// <param name="arguments">The command line, without the program.</param>
    /// <param name="cancellation">Asks the ranks to end after the step under way.</param>
    /// <returns>Their exit code.</returns>
    /// <exception cref="InputException">There is no launcher.</exception>
    public async Task<int> Launch(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        IReadOnlyList<string> launcher = settings.Launcher == RankLauncherKind.Slurm ? await Srun() : await Mpirun();
        // In a session of its own, so that Ctrl-C at the terminal does not reach the launcher, which would not wait for the checkpoint.
        var command = Cli.Wrap("setsid").WithArguments([.. launcher, .. LabProgram.Command, .. arguments])
            .WithValidation(CommandResultValidation.None)
            .WithEnvironmentVariables(Variables)
            .WithStandardOutputPipe(PipeTarget.ToDelegate(results.WriteLine))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(diagnostics.WriteLine));
        var ranks = command.ExecuteAsync(CancellationToken.None);
        await using var stop = cancellation.Register(() => _ = Send(ranks.ProcessId, UserSignal));
        return (await ranks).ExitCode;
    }

    // UCX would take the signal of null references, and a rank is no terminal.
    private static Dictionary<string, string?> Variables => new()
    {
        ["UCX_ERROR_SIGNALS"] = "",
        ["TERM"] = "dumb",
        // A user who starts the lab as root, as in a container, has decided already.
        ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
        ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
    };

    private async Task<IReadOnlyList<string>> Mpirun()
    {
        var isMpich = settings.Library?.Contains("mpich", StringComparison.OrdinalIgnoreCase);
        string[] names = isMpich switch
        {
            true => ["mpirun.mpich", "mpiexec.hydra", "mpirun"],
            false => ["mpirun.openmpi", "mpirun"],
            null => ["mpirun", "mpirun.openmpi", "mpirun.mpich"],
        };
        foreach (var name in names)
        {
            if (await Output(name, "--version") is { } version)
            {
                // Hydra is the launcher of MPICH and its relatives; Open MPI's calls itself by more than one name.
                return version.Contains("HYDRA", StringComparison.OrdinalIgnoreCase)
                    ? [name, .. Ranks("-n")]
                    : [name, "--quiet", .. Ranks("-n"), .. OpenMpiPlaces, "-x", "TERM", "-x", "UCX_ERROR_SIGNALS"];
            }
        }

        throw new InputException($"--ranks needs {string.Join(" or ", names)}, and none was found: install Open MPI or MPICH (Debian: openmpi-bin or mpich)");
    }

    private async Task<IReadOnlyList<string>> Srun()
    {
        var plugins = await Output("srun", "--mpi=list") ?? throw new InputException("--launcher slurm needs srun, which was not found");
        var isMpich = settings.Library?.Contains("mpich", StringComparison.OrdinalIgnoreCase) == true;
        var plugin = isMpich ? "pmi2" : plugins.Contains("pmix", StringComparison.Ordinal) ? "pmix"
            : throw new InputException("srun of this cluster has no pmix, which Open MPI needs; name an MPICH by --mpi-lib, or use --launcher mpirun in a job");
        return ["srun", .. Ranks("--ntasks"), FormattableString.Invariant($"--cpus-per-task={settings.Threads}"), $"--mpi={plugin}"];
    }

    // Up to two ranks are bound to a core each by default; threads need more, and more ranks than cores must be allowed.
    private IEnumerable<string> OpenMpiPlaces =>
    [
        .. settings.Threads > 1 || settings.Ranks > Environment.ProcessorCount ? ["--bind-to", "none"] : (string[])[],
        .. settings.Ranks > Environment.ProcessorCount ? ["--oversubscribe", "--mca", "mpi_yield_when_idle", "1"] : (string[])[],
    ];

    private IEnumerable<string> Ranks(string option) => [option, FormattableString.Invariant($"{settings.Ranks}")];

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Send(int process, int signal);

    /// <summary>What a program prints; null where there is none.</summary>
    private static async Task<string?> Output(string program, string argument)
    {
        try
        {
            var result = await Cli.Wrap(program).WithArguments(argument).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
            return result.StandardOutput + result.StandardError;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return null;
        }
    }
}
