using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Messages;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Two tensors of a file.</summary>
[Description("Inputs and targets as tensors of a file, as a PyTorch script has them. The first dimension counts the examples.")]
internal sealed record TensorsSettings : DataSettings
{
    [Description("The file: .safetensors, .pt of torch.save or .npz of numpy.savez. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public required string File { get; init; }

    [Description("The name of the inputs in the file; in a nested file, the keys on the way joined by dots. Whole numbers are tokens: transformer and "
        + "torchscript get them as int64, other models as numbers.")]
    public required string Inputs { get; init; }

    [Description("The name of the targets. Whole numbers are classes from 0 on, one for each example or each position; others are numbers to predict.")]
    public required string Targets { get; init; }

    [Description("How many examples are used, the first ones. Empty: all.")]
    [Range(1, 100_000_000)]
    public int? Examples { get; init; }

    protected override DataSet Make() => TensorData.Load(this);
}

/// <summary>Makes a data set of two tensors of a file.</summary>
internal static class TensorData
{
    /// <summary>A class or a token is a row of a matrix, so that one wrong number must not make millions of them.</summary>
    private const long HighestClass = 999_999;

    /// <summary>The examples of the file.</summary>
    /// <exception cref="InputException">The file cannot be read, a name is not there, or the tensors are no inputs and targets.</exception>
    public static DataSet Load(TensorsSettings settings)
    {
        var tensors = NamedTensors.Of(WeightsFile.Read(settings.File)).ToList();
        var (inputs, targets) = (Find(settings.Inputs, "inputs"), Find(settings.Targets, "targets"));
        if (inputs.shape[0] != targets.shape[0])
        {
            throw Error($"{Named(settings.Inputs)} has {inputs.shape[0]} examples, but {Named(settings.Targets)} has {targets.shape[0]}");
        }

        if (settings.Examples is { } asked)
        {
            inputs = inputs.shape[0] >= asked ? inputs.narrow(0, 0, asked) : throw Error($"there are {inputs.shape[0]} examples; examples asks for {asked}");
            targets = targets.narrow(0, 0, asked);
        }

        var (tokens, classes) = (Count(inputs, settings.Inputs), Count(targets, settings.Targets));
        targets = targets.dim() == 1 && classes is null ? targets.unsqueeze(1) : targets;
        return new DataSet(Owned(inputs), Owned(targets), classes is null ? null : Math.Max(2, classes.Value))
        {
            Tokens = tokens,
        };

        Tensor Find(string name, string key)
        {
            var found = tensors.Where(t => t.Name == name).Select(t => t.Tensor).FirstOrDefault() ?? throw Error(tensors.Count == 0
                ? "it holds no tensor"
                : $"there is no tensor {Named(name)}, which objective.data.{key} asks for; "
                    + NearestName.Advice(name, [.. tensors.Select(t => t.Name)], "its tensors are"));
            return found.dim() == 0 || found.numel() == 0 ? throw Error($"{Named(name)} holds no examples: its shape is [{Excerpt.OfList(found.shape)}]")
                : is_complex(found) ? throw Error($"{Named(name)} must hold real numbers, but is complex")
                : !found.is_floating_point() || found.isfinite().all().item<bool>() ? found
                : throw Error($"{Named(name)} must hold finite numbers, but has NaN or infinity in it");
        }

        int? Count(Tensor numbers, string name)
        {
            if (numbers.is_floating_point())
            {
                return null;
            }

            var whole = numbers.to(ScalarType.Int64);
            var (lowest, highest) = (whole.min().item<long>(), whole.max().item<long>());
            return lowest >= 0 && highest <= HighestClass ? (int)highest + 1 : throw Error(
                $"{Named(name)} holds whole numbers, which count from 0 to at most {HighestClass}, but are from {lowest} to {highest}; "
                    + "save other numbers as floats");
        }

        InputException Error(string what) => new($"{settings.File}: {what}");
    }

    private static string Named(string name) => $"\"{Excerpt.Of(name)}\"";

    // A copy: tensors of a file may share memory, with each other and with what is not used.
    private static Tensor Owned(Tensor tensor) => tensor.to(tensor.is_floating_point() ? ScalarType.Float64 : ScalarType.Int64).contiguous().clone();
}
