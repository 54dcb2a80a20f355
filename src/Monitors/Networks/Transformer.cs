using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>
/// A small GPT: embeddings of tokens and of positions, blocks of causal attention and a dense layer with GELU, each after a LayerNorm, and a
/// linear head (Radford et al. 2019, Language Models are Unsupervised Multitask Learners). All of it can be differentiated three times, so
/// that gradients, Hessian–vector products and the gradient of the sharpness are exact; libtorch's own layer_norm has a wrong third derivative.
/// </summary>
/// <remarks>
/// Parameters: <c>tokens.weight</c> [vocabulary, width], <c>positions.weight</c> [context, width]; in each block <c>blocks.0.</c>
/// <c>attention_norm</c>, <c>attention</c> (queries, keys and values), <c>attention_out</c>, <c>dense_norm</c>, <c>dense</c> and <c>dense_out</c> with
/// <c>weight</c> and <c>bias</c>; <c>norm.weight</c>, <c>norm.bias</c> and, where it is not tied, <c>head.weight</c> [vocabulary, width].
/// Their number is about 12 · layers · width² + (2 · vocabulary + context) · width.
/// </remarks>
public sealed class Transformer : nn.Module<Tensor, Tensor>
{
    // The names of the fields are those of the parameters.
#pragma warning disable IDE1006
    private readonly Linear tokens, positions;
    private readonly ModuleList<TransformerBlock> blocks;
    private readonly LayerNormalization norm;
    private readonly Linear? head;
#pragma warning restore IDE1006

    /// <summary>
    /// Draws the weights from the global random state as GPT-2 does: normal of standard deviation 0.02, those that end a branch divided by
    /// √(2·layers), biases 0. The initial loss is close to ln(vocabulary).
    /// </summary>
    /// <param name="vocabulary">How many different tokens there are.</param>
    /// <param name="context">The largest number of tokens of an example.</param>
    /// <param name="layers">How many blocks there are.</param>
    /// <param name="heads">How many heads each attention has.</param>
    /// <param name="width">How many numbers stand for a token, a multiple of <paramref name="heads"/>.</param>
    /// <param name="tied">Whether the embedding of the tokens is also the head.</param>
    /// <param name="dtype">The dtype of the parameters; float32 where it is not given.</param>
    /// <param name="device">Where they are; the CPU where it is not given.</param>
    /// <exception cref="ArgumentException">A size is not positive, or <paramref name="width"/> is no multiple of <paramref name="heads"/>.</exception>
    public Transformer(
        long vocabulary, long context, int layers, int heads, long width, bool tied = false, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(Transformer))
    {
        foreach (var size in (long[])[vocabulary, context, layers, heads, width])
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        }

        if (width % heads != 0)
        {
            throw new ArgumentException($"the width, {width}, must be a multiple of the number of heads, {heads}", nameof(width));
        }

        Context = context;
        tokens = Matrix(vocabulary);
        positions = Matrix(context);
        blocks = nn.ModuleList([.. Enumerable.Range(0, layers).Select(_ => new TransformerBlock(heads, width, layers, dtype, device))]);
        norm = new LayerNormalization(width, dtype, device);
        head = tied ? null : Matrix(vocabulary);
        RegisterComponents();

        Linear Matrix(long rows) => TransformerBlock.Dense(width, rows, TransformerBlock.Spread, bias: false, dtype, device);
    }

    /// <summary>The largest number of tokens of an example.</summary>
    public long Context { get; }

    /// <summary>Scores of the next token at each position; those at position t depend on the tokens up to t alone.</summary>
    /// <param name="input">Numbers of tokens, int64, shape [n, T] with T at most <see cref="Context"/>.</param>
    /// <returns>Scores before the softmax, shape [n, T, vocabulary].</returns>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public override Tensor forward(Tensor input)
    {
        if (input.shape is not [var examples, var length] || length > Context)
        {
            throw new ArgumentException(
                $"tokens must have the shape [n, T] with T at most {Context}, but their shape is [{string.Join(", ", input.shape)}]", nameof(input));
        }

        using var scope = NewDisposeScope();
        var signal = tokens.weight!.index_select(0, input.flatten()).view(examples, length, -1).Plus(positions.weight!.narrow(0, 0, length));
        signal = blocks.Aggregate(signal, (x, block) => block.call(x));
        return nn.functional.linear(norm.call(signal), (head ?? tokens).weight!).MoveToOuterDisposeScope();
    }
}
