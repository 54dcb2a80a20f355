using System.Text;

namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>The scripts that are handed to sbatch: readable, so that a user can change them.</summary>
internal static class SlurmScript
{
    // Seconds before the time limit. Slurm may send the signal up to a minute earlier.
    private const int Ahead = 120;

    /// <summary>The name of the jobs of a sweep.</summary>
    public static string JobName(SweepFolder sweep) =>
        "lab-" + string.Concat(sweep.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));

    /// <summary>A job array whose tasks run the members of a sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="tasks">The indices of the array: task i runs members i·m to i·m + m − 1, with m members per task.</param>
    /// <param name="options">What is asked of Slurm.</param>
    /// <param name="takeOver">Whether members take over folders that a process of another machine has left behind.</param>
    public static string Array(SweepFolder sweep, IReadOnlyList<int> tasks, SlurmOptions options, bool takeOver) => Text(
        [
            $"--job-name={JobName(sweep)}",
            $"--array={TaskRanges.Fold(tasks)}" + (options.ArrayParallelism is { } most ? FormattableString.Invariant($"%{most}") : ""),
            $"--output=\"{Path.Combine(sweep.Logs, "%A_%a.out")}\"",
            "--requeue",
            "--open-mode=append",
            FormattableString.Invariant($"--signal=B:USR1@{Ahead}"),
            .. options.Directives,
        ],
        options.Setup,
        MemberCommand.For(
            sweep,
            [
                "--count", FormattableString.Invariant($"{options.MembersPerTask}"), "--max-requeues", FormattableString.Invariant($"{options.MaxRequeues}"),
                .. takeOver ? ["--take-over"] : (string[])[], "--task",
            ]),
        " \"$SLURM_ARRAY_TASK_ID\"");

    /// <summary>A job that writes the table and the figure, when a job array has ended, well or not.</summary>
    public static string Report(SweepFolder sweep, string arrayId, SlurmOptions options) => Text(
        [
            $"--job-name={JobName(sweep)}",
            $"--dependency=afterany:{arrayId}",
            $"--output=\"{Path.Combine(sweep.Logs, "report_%j.out")}\"",
            .. options.Partition is { } p ? [$"--partition={p}"] : (string[])[],
            .. options.Account is { } a ? [$"--account={a}"] : (string[])[],
            .. options.Qos is { } q ? [$"--qos={q}"] : (string[])[],
        ],
        options.Setup,
        MemberCommand.Report(sweep),
        "");

    private static string Text(IEnumerable<string> directives, string? setup, IReadOnlyList<string> command, string end)
    {
        var text = new StringBuilder("#!/bin/bash\n");
        foreach (var directive in directives)
        {
            text.Append("#SBATCH ").Append(directive).Append('\n');
        }

        // libtorch takes all cores of the machine, whatever Slurm gives the task.
        text.Append("export OMP_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"\n");
        text.Append(setup is null ? "" : setup.ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
        // Signals go to the process of the script.
        return text.Append("exec ").AppendJoin(' ', command.Select(Quoted)).Append(end).Append('\n').ToString();
    }

    private static string Quoted(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=') ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
