using CliWrap;

namespace LossSpikes.Lab.Sweeps;

/// <summary>Runs members as processes of this machine, several side by side, and waits for them.</summary>
/// <param name="jobs">How many at a time.</param>
/// <param name="progress">Receives a line for each member that has ended.</param>
/// <param name="takeOver">Whether members take over folders that a process of another machine has left behind.</param>
internal sealed class LocalLauncher(int jobs, TextWriter progress, bool takeOver = false) : ISweepLauncher
{
    public async Task<string?> Submit(SweepFolder sweep, IReadOnlyList<SweepMember> members, CancellationToken cancellation)
    {
        Directory.CreateDirectory(sweep.Logs);
        var (done, lockProgress) = (0, new Lock());
        await Parallel.ForEachAsync(members, new ParallelOptions { MaxDegreeOfParallelism = jobs }, async (member, _) =>
        {
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            var command = MemberCommand.For(
                sweep, ["--index", FormattableString.Invariant($"{member.Index}"), .. takeOver ? ["--take-over"] : (string[])[]]);
            var log = LogsOf(sweep, member).Single();
            await using var output = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.Read);
            // Ctrl-C reaches the whole group of processes: each ends by itself, with its checkpoint written.
            var result = await Cli.Wrap(command[0]).WithArguments(command.Skip(1)).WithValidation(CommandResultValidation.None)
                .WithStandardOutputPipe(PipeTarget.ToStream(output)).WithStandardErrorPipe(PipeTarget.ToStream(output)).ExecuteAsync(CancellationToken.None);
            await output.DisposeAsync();
            var status = SweepStatus.Of(sweep, member, MemberState.Unfinished, [log]);
            lock (lockProgress)
            {
                progress.WriteLine($"{++done} of {members.Count}: {member.Name}"
                    + (status.State == MemberState.Failed ? $" FAILED, exit code {result.ExitCode}: {status.LastWords}" : ""));
            }
        });
        return null;
    }

    // A local sweep holds the lock of its folder as long as members run.
    public Task<IReadOnlyDictionary<int, MemberState>> Query(SweepFolder sweep) =>
        Task.FromResult<IReadOnlyDictionary<int, MemberState>>(new Dictionary<int, MemberState>());

    public Task<string?> Cancel(SweepFolder sweep) => Task.FromResult<string?>(null);

    public IEnumerable<string> LogsOf(SweepFolder sweep, SweepMember member) =>
        [Path.Combine(sweep.Logs, FormattableString.Invariant($"local_{member.Index}.out"))];
}
