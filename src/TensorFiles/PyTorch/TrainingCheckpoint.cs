using LossSpikes.TensorFiles.Pickle;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>What a training script saved, whatever its layout: the weights, the optimizer and the step. The tensors are those of the content.</summary>
public sealed record TrainingCheckpoint
{
    private static readonly string[] StepKeys = ["step", "global_step", "global_steps", "iteration", "iter_num"];

    /// <summary>The tensors of the state_dict, under the names of the network.</summary>
    public required IReadOnlyDictionary<string, Tensor> Weights { get; init; }

    /// <summary>Where the state_dict was found, such as <c>state.model</c>; empty for the whole file.</summary>
    public required string Key { get; init; }

    /// <summary>The optimizer; null where there is none, or where <see cref="Notes"/> says why it was not taken.</summary>
    public SavedOptimizerState? Optimizer { get; init; }

    /// <summary>The number of steps that were made; null where the file does not say.</summary>
    public long? Step { get; init; }

    /// <summary>The values of types that are not read, with their names.</summary>
    public required IReadOnlyList<(string Name, PickleOpaque Value)> NotRead { get; init; }

    /// <summary>What a reader should know about the choices made, as sentences about "it".</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Finds weights, optimizer and step in the content of a file.</summary>
    /// <param name="content">What <see cref="TensorFile.Read(string)"/> returns; that of a safetensors file has only weights.</param>
    /// <param name="key">Where the state_dict is, with dots between keys: <c>state.model</c>. Null: the one group that looks like it.</param>
    /// <param name="names">The names of the network's tensors, which decide between groups and about prefixes such as <c>module.</c>; null where
    /// they are not known.</param>
    /// <exception cref="InvalidDataException">There are no such weights, or more than one group has some; the message is one sentence about "it".</exception>
    /// <exception cref="UnknownNameException">There are groups, but none with this key.</exception>
    public static TrainingCheckpoint Of(object? content, string? key = null, IReadOnlyCollection<string>? names = null)
    {
        var dictionary = NamedTensors.Dictionary(content);
        var (found, weights) = StateDictSearch.Find(dictionary, key, names);
        var (optimizer, notes) = SavedOptimizerState.Find(dictionary, weights);
        return new TrainingCheckpoint
        {
            Weights = weights,
            Key = found,
            Optimizer = optimizer,
            Step = optimizer?.Step ?? StepKeys.Select(k => SavedNumber.Count(dictionary[k])).FirstOrDefault(step => step is not null),
            NotRead = NamedTensors.NotRead(content),
            Notes = notes,
        };
    }
}
