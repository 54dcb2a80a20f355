using System.CommandLine;
using System.Runtime.InteropServices;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary>Runs a command in one process or, with --ranks, in several: the first of them starts the others and waits.</summary>
internal static class RankedCommand
{
    // On Linux; the launcher sends it.
    private const PosixSignal UserSignal = (PosixSignal)10;

    /// <summary>Trains in this process, as one of the ranks, or by starting them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ranks">How the run is shared; null for one process.</param>
    /// <param name="terminal">Where it is shown: rank 0 prints, the others only their failures.</param>
    /// <param name="train">The run.</param>
    /// <param name="cancellation">Ends it after the step under way.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> Run(
        ParseResult parsed,
        RankSettings? ranks,
        Terminal terminal,
        Func<Terminal, Collective, CancellationToken, RunOutcome> train,
        CancellationToken cancellation)
    {
        if (ranks is null)
        {
            using var alone = new SingleProcess();
            return ExitCode.Of(train(terminal, alone, cancellation));
        }

        return MpiCollective.IsLaunched
            ? Join(ranks, terminal, train, cancellation)
            : await new RankLauncher(ranks, terminal.Results, terminal.Diagnostics).Launch([.. parsed.Tokens.Select(t => t.Value)], cancellation);
    }

    private static int Join(
        RankSettings ranks, Terminal terminal, Func<Terminal, Collective, CancellationToken, RunOutcome> train, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var signal = PosixSignalRegistration.Create(UserSignal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        using var world = MpiCollective.Join(ranks);
        try
        {
            // A launcher may give the ranks a terminal that nobody can redraw.
            var outcome = train(
                world.Rank == 0
                    ? new Terminal(terminal.Results, terminal.Diagnostics, interactive: false)
                    : new Terminal(TextWriter.Null, TextWriter.Null, interactive: false),
                world,
                stop.Token);
            world.Leave();
            return ExitCode.Of(outcome);
        }
        catch (PeerException)
        {
            return ExitCode.BadInput;
        }
        catch (InputException e) when (world.Rank > 0)
        {
            terminal.Diagnostics.WriteLine($"rank {world.Rank}: {e.Message}");
            return ExitCode.BadInput;
        }
    }
}
