using System.Diagnostics;
using System.Runtime.InteropServices;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Sweeps;

/// <summary>
/// Runs members one after the other in this process: from the beginning, or from the last checkpoint. Where it is a task of Slurm, the signal USR1
/// says that its time is nearly over: the run writes a checkpoint, and the task goes back to the queue.
/// </summary>
internal sealed class MemberRun(SweepFolder sweep, Terminal terminal, bool takeOver)
{
    // On Linux; Slurm sends it ahead of the time limit (sbatch --signal).
    private const PosixSignal UserSignal = (PosixSignal)10;

    // Twice the default of Slurm's KillWait.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs the members that are not done.</summary>
    /// <param name="members">The members.</param>
    /// <param name="requeue">Puts the task back into the queue, and says whether it could; null where this is no task of a queue.</param>
    /// <param name="cancellation">Ends the run under way, with a checkpoint, and starts no other.</param>
    /// <returns>The outcome of the last run; null where all were done.</returns>
    /// <exception cref="InputException">A member cannot be run.</exception>
    public async Task<RunOutcome?> Run(IEnumerable<SweepMember> members, Func<Task<bool>>? requeue, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var timeIsOver = false;
        using var signal = requeue is null ? null : PosixSignalRegistration.Create(UserSignal, context =>
        {
            context.Cancel = timeIsOver = true;
            stop.Cancel();
        });
        RunOutcome? outcome = null;
        foreach (var member in members)
        {
            if (SweepStatus.OutcomeOf(sweep.RunOf(member)) is not (null or RunOutcome.Interrupted))
            {
                continue;
            }

            terminal.Diagnostics.WriteLine($"{member.Name}:");
            try
            {
                outcome = await RunAfterEarlierStart(member, stop.Token);
            }
            catch (FolderInUseException e) when (!e.Stale)
            {
                terminal.Diagnostics.WriteLine(e.Message);
                continue;
            }

            if (outcome == RunOutcome.Interrupted)
            {
                break;
            }
        }

        return outcome == RunOutcome.Interrupted && timeIsOver && !await requeue!()
            ? throw new InputException("the time limit came once more, and --max-requeues is reached: lab sweep resume continues the run")
            : outcome;
    }

    /// <summary>
    /// Runs a member, whose previous process may still be there: Slurm starts the task of a node that went down at once, and ends the process when it
    /// can reach it.
    /// </summary>
    private async Task<RunOutcome> RunAfterEarlierStart(SweepMember member, CancellationToken stop)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None))
        {
            try
            {
                return Run(member, stop);
            }
            catch (FolderInUseException e)
                when (e is { Stale: false, Holder.IsEarlierStart: true } && clock.Elapsed < Patience && !stop.IsCancellationRequested)
            {
            }
        }
    }

    private RunOutcome Run(SweepMember member, CancellationToken stop)
    {
        var run = sweep.RunOf(member);
        if (Directory.Exists(Path.Combine(run, "checkpoints")))
        {
            var config = ExperimentFile.Load(Path.Combine(run, RecordedRun.ConfigFile), []);
            return ExperimentRunner.Resume(config, run, terminal, json: false, stop, takeOver);
        }

        if (Directory.Exists(run))
        {
            FolderLock.Take(run, takeOver).Dispose();
            Directory.Delete(run, recursive: true); // it was created and nothing was trained
        }

        return ExperimentRunner.Run(ExperimentFile.Load(sweep.ExperimentOf(member), []), run, terminal, json: false, stop);
    }
}
