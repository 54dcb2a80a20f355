using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Native;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Messages;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>
/// The batches around a spike: either <c>indices</c>, whole numbers of shape [steps, batch] that count the examples of the data from 0, or the
/// examples themselves, inputs of shape [steps, batch, …] and targets of shape [steps, batch, …] under the names that the data have. <c>step</c>,
/// if it is there, is the number of updates that the optimizer had made before the first of them.
/// </summary>
/// <param name="Batches">The places of the examples of each batch: in the data, or in <paramref name="Examples"/>.</param>
/// <param name="Examples">The examples, if they are not those of the data; the caller's.</param>
/// <param name="First">The step of the first batch; null where the file does not say.</param>
internal sealed record WindowFile(IReadOnlyList<IReadOnlyList<long>> Batches, DataSet? Examples, long? First)
{
    private const string Indices = "indices", Step = "step";

    /// <summary>Reads the file.</summary>
    /// <exception cref="InputException">It holds neither.</exception>
    public static WindowFile Read(DiagnosisInputs inputs, string file)
    {
        NativeTorch.EnsureLoaded();
        using var scope = NewDisposeScope();
        var tensors = NamedTensors.Of(WeightsFile.Read(file));
        var named = tensors.GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.First().Tensor);
        long? first = named.GetValueOrDefault(Step) is { } step ? step.numel() == 1 && !step.is_floating_point() && !is_complex(step)
            ? step.to(ScalarType.Int64).item<long>() : throw Error($"{Step} must be one whole number") : null;
        if (named.GetValueOrDefault(Indices) is { } indices)
        {
            return indices.dim() == 2 && indices.numel() > 0 && !indices.is_floating_point() && !is_complex(indices)
                ? new WindowFile(Rows(indices.to(ScalarType.Int64)), null, first)
                : throw Error($"{Indices} must be whole numbers of shape [steps, batch], but has the shape [{Excerpt.OfList(indices.shape)}]");
        }

        if (!named.ContainsKey(inputs.Inputs))
        {
            throw Error($"expected {Indices}, or {inputs.Inputs} and {inputs.Targets}; "
                + NearestName.Advice(inputs.Inputs, [.. named.Keys], "its tensors are"));
        }

        using var data = new TensorsSettings { File = file, Inputs = inputs.Inputs, Targets = inputs.Targets }.Load();
        var shape = data.Inputs.shape;
        if (shape.Length < 3 || data.Targets.dim() < 2 || data.Targets.shape[1] != shape[1])
        {
            throw Error($"{inputs.Inputs} and {inputs.Targets} must have the shape [steps, batch, …], but have [{Excerpt.OfList(shape)}] "
                + $"and [{Excerpt.OfList(data.Targets.shape)}]");
        }

        var targets = data.Targets.flatten(0, 1);
        var examples = data with
        {
            Inputs = data.Inputs.flatten(0, 1).clone().DetachFromDisposeScope(),
            Targets = (targets.dim() == 1 && data.Classes is null ? targets.unsqueeze(1) : targets).clone().DetachFromDisposeScope(),
        };
        return new WindowFile(
            [.. Enumerable.Range(0, (int)shape[0]).Select(row => (long[])[.. Enumerable.Range(0, (int)shape[1]).Select(i => row * shape[1] + i)])],
            examples, first);

        InputException Error(string what) => new($"{file}: {what}");
    }

    /// <summary>The data with the examples of the window behind them.</summary>
    /// <param name="data">The data; taken over.</param>
    /// <param name="file">The window's file, for messages.</param>
    /// <exception cref="InputException">They do not go together.</exception>
    public DataSet AppendTo(DataSet data, string file)
    {
        if (Examples is null)
        {
            return Batches.SelectMany(b => b).All(i => i >= 0 && i < data.Inputs.shape[0]) ? data
                : throw new InputException($"{file}: {Indices} must count the {data.Inputs.shape[0]} examples of the data from 0");
        }

        using var owned = data;
        return Same(data.Inputs, Examples.Inputs) && Same(data.Targets, Examples.Targets) && !(Examples.Classes > data.Classes)
            ? data with
            {
                Inputs = cat([data.Inputs, Examples.Inputs]),
                Targets = cat([data.Targets, Examples.Targets]),
                Tokens = Examples.Tokens > data.Tokens ? Examples.Tokens : data.Tokens,
            }
            : throw new InputException($"{file}: its examples have the shapes [{Excerpt.OfList(Examples.Inputs.shape[1..])}] and "
                + $"[{Excerpt.OfList(Examples.Targets.shape[1..])}], or other classes, and those of the data [{Excerpt.OfList(data.Inputs.shape[1..])}] and "
                + $"[{Excerpt.OfList(data.Targets.shape[1..])}]");

        static bool Same(Tensor a, Tensor b) => a.dtype == b.dtype && a.shape.Skip(1).SequenceEqual(b.shape.Skip(1));
    }

    /// <summary>The batches by step, as indices of the data with the examples behind them.</summary>
    /// <param name="step">The step of the first batch, if the file does not say.</param>
    /// <param name="examples">How many examples the data have without those of the window.</param>
    public Dictionary<long, IReadOnlyList<long>> ByStep(long step, long examples)
    {
        var offset = Examples is null ? 0 : examples;
        return Batches.Index().ToDictionary(b => (First ?? step) + b.Index, b => (IReadOnlyList<long>)[.. b.Item.Select(i => i + offset)]);
    }

    private static IReadOnlyList<long>[] Rows(Tensor indices) => [.. indices.unbind(0).Select(row => row.contiguous().data<long>().ToArray())];
}
