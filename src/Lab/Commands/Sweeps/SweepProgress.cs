using LossSpikes.Lab.Sweeps;
using LossSpikes.Lab.Sweeps.Slurm;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands.Sweeps;

/// <summary>Launches what is unfinished in a sweep, and says how far it is.</summary>
internal static class SweepProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Whatever may run members of a sweep, here or elsewhere.</summary>
    public static IReadOnlyList<ISweepLauncher> Launchers(Terminal terminal) =>
        [new LocalLauncher(1, terminal.Diagnostics), new SlurmLauncher(new SlurmOptions())];

    /// <summary>Has the unfinished members run; where this waits for them, writes the table and the figure.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Launch(SweepFolder sweep, ISweepLauncher launcher, Terminal terminal, bool wait, CancellationToken cancellation)
    {
        var launchers = Launchers(terminal);
        SweepMember[] unfinished = [.. (await SweepStatus.Of(sweep, launchers))
            .Where(m => m.State is MemberState.Unfinished or MemberState.Failed).Select(m => m.Member)];
        var submitted = unfinished.Length == 0 ? null : await launcher.Submit(sweep, unfinished, cancellation);
        if (submitted is not null)
        {
            terminal.Results.WriteLine($"submitted {submitted}");
            terminal.Results.WriteLine($"lab sweep status {sweep.Directory} shows how far it is");
        }

        var members = await SweepStatus.Of(sweep, launchers);
        while (wait && !cancellation.IsCancellationRequested && members.Any(m => m.State is MemberState.Queued or MemberState.Running))
        {
            await Task.Delay(Interval, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
            members = await SweepStatus.Of(sweep, launchers);
        }

        if (submitted is not null && !wait)
        {
            return ExitCode.Done;
        }

        foreach (var file in SweepReport.Write(sweep, members))
        {
            terminal.Results.WriteLine(file);
        }

        return cancellation.IsCancellationRequested ? ExitCode.Interrupted : members.All(m => m.State == MemberState.Done) ? ExitCode.Done : ExitCode.BadInput;
    }
}
