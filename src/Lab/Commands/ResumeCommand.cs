using System.CommandLine;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab resume DIR</c>.</summary>
internal static class ResumeCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The run folder." };
        var steps = new Option<int?>("--steps")
        {
            Description = "The number of steps the run should have in all; by default what its config.yaml says.",
            HelpName = "N",
        };
        var device = new Option<string?>("--device")
        {
            Description = "Continue on another device, cpu or cuda, where numbers round differently; by default that of config.yaml.",
            HelpName = "NAME",
        };
        var json = new Option<bool>("--json") { Description = "Print summary.json and the folder's path on standard output, and nothing else." };
        var takeOver = new Option<bool>("--take-over")
        {
            Description = "Take the folder also from a process of another machine that left its name in it: only if you know that it is gone.",
        };
        var command = new Command(
            "resume", "Resume a run from its last checkpoint, bit for bit as if it had never stopped.") { folder, steps, device, json, takeOver };
        var shared = new RankOptionSet();
        shared.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var directory = parsed.GetValue(folder)!;
            if (!Directory.Exists(directory))
            {
                throw new InputException($"{directory}: there is no such run folder");
            }

            List<string> overrides = [];
            if (parsed.GetValue(steps) is { } n)
            {
                overrides.Add($"steps={n}");
            }

            if (parsed.GetValue(device) is { } name)
            {
                overrides.Add($"device={name}");
            }

            var experiment = ExperimentFile.Load(Path.Combine(directory, "config.yaml"), overrides);
            return RankedCommand.Run(
                parsed,
                shared.Read(parsed),
                terminal,
                (view, world, stop) => ExperimentRunner.Resume(experiment, directory, view, parsed.GetValue(json), stop, parsed.GetValue(takeOver), world),
                cancellation);
        });
        return command;
    }
}
