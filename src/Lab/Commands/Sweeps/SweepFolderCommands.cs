using System.CommandLine;
using System.Text.Json;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Sweeps;
using LossSpikes.Lab.Sweeps.Slurm;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Commands.Sweeps;

/// <summary><c>lab sweep status|resume|cancel|report DIR</c>.</summary>
internal static class SweepFolderCommands
{
    /// <summary>Shows how far each member is.</summary>
    public static Command Status(Terminal terminal)
    {
        var (folder, json) = (Folder(), new Option<bool>("--json") { Description = "Print the members as JSON." });
        var command = new Command("status", "Show how far the members of a sweep are.") { folder, json };
        command.SetAction(async (parsed, _) =>
        {
            var members = await SweepStatus.Of(SweepFolder.Open(parsed.GetValue(folder)!), SweepProgress.Launchers(terminal));
            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(JsonSerializer.Serialize(
                    members.Select(m => new { m.Member.Index, Folder = m.Member.Name, m.State, m.LastWords }), RecordJson.Options));
                return ExitCode.Done;
            }

            foreach (var (member, state, lastWords) in members)
            {
                terminal.Results.WriteLine($"{member.Index,5} {Word(state),-10} {member.Name}{(lastWords is null ? "" : $": {lastWords}")}");
            }

            terminal.Results.WriteLine(
                string.Join(", ", members.CountBy(m => m.State).OrderByDescending(c => c.Key).Select(c => $"{c.Value} {Word(c.Key)}")));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Submits what is unfinished.</summary>
    public static Command Resume(Terminal terminal)
    {
        var folder = Folder();
        var jobs = new Option<int>("--jobs")
        {
            Description = "Runs side by side, of a sweep on this machine.",
            HelpName = "N",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var takeOver = new Option<bool>("--take-over")
        {
            Description = "Continue also runs whose folders name a process of another machine: only if you know that it is gone.",
        };
        var wait = new Option<bool>("--wait") { Description = "Slurm: wait until no member is queued or running." };
        var command = new Command(
            "resume", "Run the members that are not done: on Slurm with the options of the last submission, if there was one, else here.")
        {
            folder, jobs, takeOver, wait,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var sweep = SweepFolder.Open(parsed.GetValue(folder)!);
            using var held = FolderLock.Take(sweep.Directory, parsed.GetValue(takeOver));
            ISweepLauncher launcher = SlurmLauncher.Submissions(sweep) is [.., var last]
                ? new SlurmLauncher(last.Options, parsed.GetValue(takeOver))
                : new LocalLauncher(Math.Max(1, parsed.GetValue(jobs)), terminal.Diagnostics, parsed.GetValue(takeOver));
            return await SweepProgress.Launch(sweep, launcher, terminal, parsed.GetValue(wait), cancellation);
        });
        return command;
    }

    /// <summary>Takes the rest off the queue.</summary>
    public static Command Cancel(Terminal terminal)
    {
        var folder = Folder();
        var command = new Command("cancel", "Take the members of a sweep off the queue; those that run write a checkpoint and end.") { folder };
        command.SetAction(async (parsed, _) =>
        {
            var sweep = SweepFolder.Open(parsed.GetValue(folder)!);
            var cancelled = await new SlurmLauncher(new SlurmOptions()).Cancel(sweep);
            if (cancelled is null && FolderLock.Holder(sweep.Directory) is { IsAlive: not false } holder)
            {
                throw new InputException($"{sweep.Directory} is run by process {holder.Text}: press Ctrl-C there");
            }

            terminal.Results.WriteLine(cancelled is null ? "no member is queued or running" : $"cancelled {cancelled}");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Writes the table and the figure.</summary>
    public static Command Report(Terminal terminal)
    {
        var folder = Folder();
        var command = new Command("report", "Write sweep.csv and sweep.png from what the members have written so far.") { folder };
        command.SetAction(async (parsed, _) =>
        {
            var sweep = SweepFolder.Open(parsed.GetValue(folder)!);
            foreach (var file in SweepReport.Write(sweep, await SweepStatus.Of(sweep, SweepProgress.Launchers(terminal))))
            {
                terminal.Results.WriteLine(file);
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The argument of these commands.</summary>
    public static Argument<string> Folder() => new("DIR") { Description = "The folder of the sweep." };

    private static string Word(MemberState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
