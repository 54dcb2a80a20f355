using System.CommandLine;
using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;
using LossSpikes.TensorFiles;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab export DIR --to FILE</c>.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The run folder." };
        var to = new Option<string>("--to")
        {
            Description = "The file: .pt or .pth for torch.load, or .safetensors. One that is there is replaced.",
            HelpName = "FILE",
            Required = true,
        };
        var step = new Option<long?>("--step") { Description = "The checkpoint of this step; by default the newest.", HelpName = "N" };
        var command = new Command("export", "Write the weights of a run for PyTorch, under the names that they have there.") { folder, to, step };
        command.SetAction(parsed =>
        {
            var (directory, path) = (parsed.GetValue(folder)!, parsed.GetValue(to)!);
            WeightsFile.RequireEnding(path);
            if (!Directory.Exists(directory))
            {
                throw new InputException($"{directory}: there is no such run folder");
            }

            NativeTorch.EnsureLoaded();
            using var scope = NewDisposeScope();
            var experiment = ExperimentFile.Load(Path.Combine(directory, "config.yaml"), []).WithoutInitialFile();
            var checkpoints = new CheckpointFolder(directory, experiment.Checkpoint);
            var checkpoint = parsed.GetValue(step) is { } number ? checkpoints.At(number) : checkpoints.Newest(long.MaxValue, terminal.Diagnostics.WriteLine);
            using var objective = experiment.CreateObjective(CPU);
            objective.SetParameters(checkpoint.Point);
            objective.RestoreBuffers(checkpoint.Buffers);
            TensorFile.Write(path, objective is NetworkObjective network ? network.Weights : new Dictionary<string, Tensor> { ["point"] = checkpoint.Point });
            terminal.Results.WriteLine($"{path}: the weights of step {checkpoint.Step}");
            return ExitCode.Done;
        });
        return command;
    }
}
