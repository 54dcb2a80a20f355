using System.CommandLine;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab run FILE</c>.</summary>
internal static class RunCommand
{
    private static readonly string[] MayChange = ["steps:", "device:"];

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The experiment file (YAML); experiments/README.md describes those that come with the lab. "
                + "A file that it names under model: { kind: torchscript } is a program and is run: use only files that you trust.",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Replace a value of the file: --set optimizer.learning_rate=0.2",
            HelpName = "key.path=value",
            DefaultValueFactory = _ => [],
        };
        var folder = new Option<string?>("--out")
        {
            Description = "The run folder, which must not exist. Default: runs/NAME, or NAME-2, NAME-3, … where that is taken.",
            HelpName = "DIR",
        };
        var seed = new Option<int?>("--seed") { Description = "Short for --set seed=N.", HelpName = "N" };
        var resume = new Option<bool>("--resume")
        {
            Description = "If the folder of --out holds a run of this experiment, resume it from its last "
            + "checkpoint."
        };
        var json = new Option<bool>("--json") { Description = "Print summary.json and the folder's path on standard output, and nothing else." };
        var command = new Command(
            "run", "Train one experiment, watch its sharpness, and write a run folder with figures.") { file, set, folder, seed, resume, json };
        var shared = new RankOptionSet();
        shared.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            List<string> overrides = [.. parsed.GetValue(set)!];
            if (parsed.GetValue(seed) is { } value)
            {
                overrides.Add($"seed={value}");
            }

            var ranks = shared.Read(parsed);
            var experiment = ExperimentFile.Load(parsed.GetValue(file)!, overrides);
            experiment = ranks is null ? experiment : experiment.InChunks(RankSettings.DefaultChunks);
            if (parsed.GetValue(resume) && parsed.GetValue(folder) is { } existing && Directory.Exists(existing))
            {
                RequireSame(experiment, existing);
                return RankedCommand.Run(
                    parsed,
                    ranks,
                    terminal,
                    (view, world, stop) => ExperimentRunner.Resume(experiment, existing, view, parsed.GetValue(json), stop, world: world),
                    cancellation);
            }

            return RankedCommand.Run(
                parsed,
                ranks,
                terminal,
                (view, world, stop) => ExperimentRunner.Run(experiment, parsed.GetValue(folder), view, parsed.GetValue(json), stop, world),
                cancellation);
        });
        return command;
    }

    /// <summary>A run may become longer, or move to another device, but not become another.</summary>
    private static void RequireSame(Experiment experiment, string directory)
    {
        var config = Path.Combine(directory, "config.yaml");
        var (past, now) = (Lines(ExperimentFile.Load(config, [])), Lines(experiment));
        var difference = past.Zip(now).FirstOrDefault(l => l.First != l.Second && !MayChange.Any(key => l.First.StartsWith(key, StringComparison.Ordinal)));
        if (past.Length != now.Length || difference != default)
        {
            throw new InputException(
                $"{directory} holds a run of another experiment: {config} says \"{Shown(difference.First)}\" where \"{Shown(difference.Second)}\" is "
                    + $"asked for");
        }

        static string Shown(string? line) => Excerpt.Of(line?.Trim() ?? "", 200);

        static string[] Lines(Experiment experiment)
        {
            using var text = new StringWriter { NewLine = "\n" };
            ExperimentFile.Write(experiment, text);
            return text.ToString().Split('\n');
        }
    }
}
