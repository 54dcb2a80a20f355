using System.CommandLine;
using LossSpikes.Lab.Sweeps;
using LossSpikes.Lab.Sweeps.Slurm;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands.Sweeps;

/// <summary><c>lab sweep member DIR</c>: what the launchers start.</summary>
internal static class SweepMemberCommand
{
    // A task that goes back to the queue (EX_TEMPFAIL).
    private const int Requeued = 75;

    public static Command Create(Terminal terminal)
    {
        var folder = SweepFolderCommands.Folder();
        var index = new Option<int?>("--index") { Description = "The member.", HelpName = "N" };
        var task = new Option<int?>("--task") { Description = "A task of a job array: members N·COUNT to N·COUNT + COUNT − 1.", HelpName = "N" };
        var count = new Option<int>("--count") { Description = "Members of a task.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var requeues = new Option<int>("--max-requeues") { Description = "How often the task goes back to the queue.", HelpName = "N" };
        var takeOver = new Option<bool>("--take-over") { Description = "Continue also a run whose folder names a process of another machine." };
        var command = new Command("member", "Run members of a sweep in this process; the launchers use it.") { folder, index, task, count, requeues, takeOver };
        command.SetAction(async (parsed, cancellation) =>
        {
            var sweep = SweepFolder.Open(parsed.GetValue(folder)!);
            var members = (parsed.GetValue(index), parsed.GetValue(task), parsed.GetValue(count)) switch
            {
                ({ } one and >= 0, null, _) => sweep.Members.Skip(one).Take(1).ToList(),
                (null, { } number and >= 0, > 0 and var many) => sweep.Members.Skip(number * many).Take(many).ToList(),
                _ => [],
            };
            if (members.Count == 0)
            {
                throw new InputException(
                    FormattableString.Invariant($"{sweep.Directory} has members 0 to {sweep.Members.Count - 1}: expected --index or --task within"));
            }

            var queued = SlurmTask.Current;
            var outcome = await new MemberRun(sweep, terminal, parsed.GetValue(takeOver)).Run(
                members, queued is null ? null : () => queued.Requeue(parsed.GetValue(requeues)), cancellation);
            return outcome is { } ended ? queued?.WasRequeued == true ? Requeued : ExitCode.Of(ended) : ExitCode.Done;
        });
        return command;
    }
}
