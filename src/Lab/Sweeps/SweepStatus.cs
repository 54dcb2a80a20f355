using System.Text.Json;
using LossSpikes.Lab.Runs;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Sweeps;

/// <summary>How far the members of a sweep are, from their folders first, and from what the launchers say of the others.</summary>
internal static class SweepStatus
{
    private const int LogTail = 4096;

    /// <summary>The state of each member.</summary>
    public static async Task<IReadOnlyList<MemberStatus>> Of(SweepFolder sweep, IReadOnlyList<ISweepLauncher> launchers)
    {
        var waiting = new Dictionary<int, MemberState>();
        foreach (var launcher in launchers)
        {
            foreach (var (index, state) in await launcher.Query(sweep))
            {
                waiting[index] = state;
            }
        }

        return
        [
            .. sweep.Members.Select(m => Of(
                sweep, m, waiting.GetValueOrDefault(m.Index, MemberState.Unfinished), launchers.SelectMany(l => l.LogsOf(sweep, m)))),
        ];
    }

    /// <summary>The state of one member.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="member">The member.</param>
    /// <param name="scheduled">What the launchers say of it.</param>
    /// <param name="logs">Where its output may stand.</param>
    public static MemberStatus Of(SweepFolder sweep, SweepMember member, MemberState scheduled, IEnumerable<string> logs)
    {
        var (run, outcome) = (sweep.RunOf(member), OutcomeOf(sweep.RunOf(member)));
        if (outcome is not null and not RunOutcome.Interrupted)
        {
            return new MemberStatus(member, MemberState.Done);
        }

        // The process may belong to another machine, of which only the launcher knows whether it is there.
        var alive = FolderLock.Holder(run)?.IsAlive;
        if (alive == true || scheduled is not MemberState.Unfinished)
        {
            return new MemberStatus(member, alive == true || (alive is null && FolderLock.Holder(run) is not null) ? MemberState.Running : scheduled);
        }

        return outcome is null && logs.Where(File.Exists).MaxBy(File.GetLastWriteTimeUtc) is { } log
            ? new MemberStatus(member, MemberState.Failed, LastLine(log))
            : new MemberStatus(member, MemberState.Unfinished);
    }

    /// <summary>The outcome in summary.json of a run folder; null where there is none.</summary>
    public static RunOutcome? OutcomeOf(string run)
    {
        var path = Path.Combine(run, RecordedRun.SummaryFile);
        try
        {
            using var summary = File.Exists(path) ? JsonDocument.Parse(RunFile.CompleteLines(path)) : null;
            return summary?.RootElement.GetProperty("outcome").Deserialize<RunOutcome>(Configuration.SettingsJson.Options);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? LastLine(string log)
    {
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-Math.Min(file.Length, LogTail), SeekOrigin.End);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line
            ? Excerpt.Of(line, 400) : null;
    }
}
