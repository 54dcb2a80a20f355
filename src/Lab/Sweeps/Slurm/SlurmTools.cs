using System.ComponentModel;
using System.Globalization;
using CliWrap;
using CliWrap.Buffered;

namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>The commands of Slurm: sbatch, squeue, scontrol, scancel, sinfo and srun. Its accounting (sacct) is not needed; many sites have none.</summary>
internal static class SlurmTools
{
    /// <summary>Submits a script.</summary>
    /// <returns>The job's id.</returns>
    /// <exception cref="InputException">sbatch is missing, or refuses it.</exception>
    public static async Task<string> Submit(string script)
    {
        // With federated clusters the id is followed by ; and a name.
        var id = (await Run("sbatch", "--parsable", script)).Split(';')[0].Trim();
        return id.Length > 0 && id.All(char.IsAsciiDigit) ? id : throw new InputException($"sbatch did not print the id of a job but \"{id}\"");
    }

    /// <summary>The tasks of this user's arrays of a name that have not ended.</summary>
    /// <exception cref="InputException">squeue is missing or fails.</exception>
    public static async Task<IReadOnlyList<QueuedTask>> Queue(string jobName) => Parse(
        await Run("squeue", "--noheader", "--array", "--user", Environment.UserName, "--format", "%F|%K|%T|%j"), jobName);

    /// <summary>The tasks in lines of squeue, <c>array id|index|state|name</c>.</summary>
    public static IReadOnlyList<QueuedTask> Parse(string lines, string jobName) =>
    [
        .. lines.Split('\n').Select(l => l.Trim().Split('|', 4))
            .Where(f => f.Length == 4 && f[3] == jobName)
            .Select(f => int.TryParse(f[1], NumberStyles.None, CultureInfo.InvariantCulture, out var task) ? new QueuedTask(f[0], task, f[2]) : null)
            .OfType<QueuedTask>(),
    ];

    /// <summary>The version of these commands, such as <c>slurm-wlm 22.05.8</c>.</summary>
    /// <exception cref="InputException">sinfo is missing, or finds no configuration.</exception>
    public static async Task<string> Version() => (await Run("sinfo", "--version")).Trim();

    /// <summary>The settings of the cluster by their names, as its controller has them.</summary>
    /// <exception cref="InputException">scontrol is missing, or the controller does not answer.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> Settings() => ParseSettings(await Run("scontrol", "show", "config"));

    /// <summary>The settings in lines <c>name = value</c>; the first of a name counts.</summary>
    public static IReadOnlyDictionary<string, string> ParseSettings(string lines) => lines.Split('\n')
        .Select(l => l.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(f => f.Length == 2)
        .DistinctBy(f => f[0])
        .ToDictionary(f => f[0], f => f[1]);

    /// <summary>The largest index of a job array plus one; null where the site does not say.</summary>
    /// <param name="settings">The settings of the cluster.</param>
    public static int? MaxArraySize(IReadOnlyDictionary<string, string> settings) =>
        int.TryParse(settings.GetValueOrDefault("MaxArraySize"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;

    /// <summary>The partitions that this user sees.</summary>
    /// <exception cref="InputException">sinfo is missing, or the controller does not answer.</exception>
    public static async Task<IReadOnlyList<SlurmPartition>> Partitions() =>
        SlurmPartition.Parse(await Run("sinfo", "--noheader", "--format", SlurmPartition.Format));

    /// <summary>The kinds of MPI that srun can start, such as pmix and pmi2.</summary>
    /// <exception cref="InputException">srun is missing or fails.</exception>
    public static async Task<IReadOnlyList<string>> MpiPlugins() =>
        [.. (await Run("srun", "--mpi=list")).Split('\n').Where(l => l.StartsWith('\t')).Select(l => l.Trim()).Order(StringComparer.Ordinal)];

    /// <summary>Puts a running task back into the queue.</summary>
    public static async Task Requeue(string arrayId, string task) => await Run("scontrol", "requeue", $"{arrayId}_{task}");

    /// <summary>Cancels jobs, queued or running.</summary>
    public static async Task Cancel(IEnumerable<string> ids) => await Run("scancel", [.. ids]);

    private static async Task<string> Run(string program, params string[] arguments)
    {
        try
        {
            var result = await Cli.Wrap(program).WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
            return result.IsSuccess ? result.StandardOutput
                : throw new InputException($"{program} failed with exit code {result.ExitCode}: {result.StandardError.ReplaceLineEndings(" ").Trim()}");
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw new InputException($"{program} was not found: --launcher slurm needs a machine from which jobs are submitted (a login node)", e);
        }
    }
}

/// <summary>A task of an array that waits or runs.</summary>
/// <param name="ArrayId">The array's id.</param>
/// <param name="Task">Its index.</param>
/// <param name="State">Slurm's word, such as PENDING.</param>
internal sealed record QueuedTask(string ArrayId, int Task, string State);
