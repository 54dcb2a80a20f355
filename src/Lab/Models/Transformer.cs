using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Networks;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>The keys of a small GPT.</summary>
[Description("A small GPT for tokens: embeddings of tokens and positions, blocks of causal attention and a dense layer with GELU, each after a "
    + "LayerNorm, and a linear head. Weights start as those of GPT-2.")]
internal sealed record TransformerSettings : ModelSettings
{
    [Description("How many blocks there are.")]
    [Range(1, 1000)]
    public required int Layers { get; init; }

    [Description("How many heads each attention has.")]
    [Range(1, 1000)]
    public required int Heads { get; init; }

    [Description("How many numbers stand for a token, a multiple of heads.")]
    [Range(1, 100_000)]
    public required int Width { get; init; }

    [Description("The largest number of tokens of an example. Empty: as many as the examples of the data have.")]
    [Range(1, 100_000)]
    public int? Context { get; init; }

    [Description("Whether the embedding of the tokens is also the head.")]
    public bool Tied { get; init; }

    internal override Tensor Inputs(DataSet data, ScalarType type) => data is { Tokens: not null, Inputs: var tokens } && tokens.dim() == 2
        ? tokens
        : throw new InputException("objective.model.kind: transformer takes rows of tokens (data of kind text, or tensors of whole numbers), "
            + $"but an example here has the shape [{string.Join(", ", data.Inputs.shape[1..])}]{(data.Tokens is null ? " and holds real numbers" : "")}");

    internal override nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device)
    {
        var length = task.Example[0];
        if (!task.Classes || !task.Positions.SequenceEqual([length]))
        {
            throw new InputException($"objective.model.kind: transformer predicts a class at each position, and the targets must have one for each of "
                + $"the {length} tokens of an example");
        }

        if (Width % Heads != 0)
        {
            throw new InputException($"objective.model.width must be a multiple of heads, {Heads}, but is {Width}");
        }

        return Context is { } context && context < length
            ? throw new InputException($"objective.model.context must be at least {length}, the number of tokens of an example, but is {context}")
            : new Transformer(Math.Max(task.Outputs, task.Tokens ?? 0), Context ?? length, Layers, Heads, Width, Tied, type, device);
    }
}
