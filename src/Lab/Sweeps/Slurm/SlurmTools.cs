using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;

namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>The commands of Slurm: sbatch, squeue, scontrol and scancel. Its accounting (sacct) is not needed; many sites have none.</summary>
internal static partial class SlurmTools
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

    /// <summary>The largest index of a job array plus one; null where the site does not say.</summary>
    public static async Task<int?> MaxArraySize() =>
        ArraySize().Match(await Run("scontrol", "show", "config")) is { Success: true } match
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

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

    [GeneratedRegex(@"^MaxArraySize\s*=\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex ArraySize();
}

/// <summary>A task of an array that waits or runs.</summary>
/// <param name="ArrayId">The array's id.</param>
/// <param name="Task">Its index.</param>
/// <param name="State">Slurm's word, such as PENDING.</param>
internal sealed record QueuedTask(string ArrayId, int Task, string State);
