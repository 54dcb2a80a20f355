using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Runs;

/// <summary>The process that writes a folder, or has written it until it died: the text of the folder's lock.</summary>
/// <param name="Process">Its number.</param>
/// <param name="Command">Its command line.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Task">Its task in a queue of Slurm, such as <c>12_3</c>, or null.</param>
/// <param name="Start">How often this task was started before.</param>
internal sealed partial record FolderHolder(int Process, string Command, string Host, string? Task, int Start)
{
    private const int LongestCommand = 200;

    /// <summary>The longest text, in bytes.</summary>
    public const int LongestText = 1000;

    /// <summary>This process.</summary>
    public static FolderHolder Current { get; } = new(
        Environment.ProcessId,
        Excerpt.Of(string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("lab")), LongestCommand),
        Environment.MachineName,
        Environment.GetEnvironmentVariable("SLURM_ARRAY_JOB_ID") is { } array ? $"{array}_{Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID")}"
            : Environment.GetEnvironmentVariable("SLURM_JOB_ID"),
        int.TryParse(Environment.GetEnvironmentVariable("SLURM_RESTART_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 0);

    /// <summary>One line.</summary>
    public string Text => FormattableString.Invariant($"{Process} ({Command}) on {Host}")
        + (Task is null ? "" : FormattableString.Invariant($" as task {Task} of Slurm, start {Start + 1}"));

    /// <summary>Whether the process is there; null where it belongs to another machine.</summary>
    public bool? IsAlive => Host != Environment.MachineName ? null : IsRunning(Process);

    /// <summary>
    /// Whether this process might still write although the lock is free: it belongs to a machine that this one cannot see, where locks may not
    /// reach. An earlier start of the same task does not: Slurm ends it.
    /// </summary>
    public bool MayStillWrite => Host != Current.Host && !IsEarlierStart;

    /// <summary>Whether this is an earlier start of the task that this process belongs to.</summary>
    public bool IsEarlierStart => Task is not null && Task == Current.Task && Start < Current.Start;

    /// <summary>The holder in a text; null where it names none.</summary>
    public static FolderHolder? Parse(string text) => Pattern().Match(text.TrimEnd('\n')) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            ? new FolderHolder(
                process,
                Excerpt.Of(match.Groups[2].Value, LongestCommand + 1),
                Excerpt.Of(match.Groups[3].Value),
                match.Groups[4].Success ? Excerpt.Of(match.Groups[4].Value) : null,
                int.TryParse(match.Groups[5].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start - 1 : 0)
            : null;

    /// <summary>The holder named in an open file.</summary>
    public static FolderHolder? Read(FileStream file)
    {
        Span<byte> text = stackalloc byte[LongestText];
        file.Position = 0;
        var length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return Parse(Encoding.UTF8.GetString(text[..length]));
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using var found = System.Diagnostics.Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^(\d{1,9}) \((.*)\) on (\S+)(?: as task (\S+) of Slurm, start (\d{1,9}))?$", RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
