using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>x + attention(norm(x)), and then x + dense(norm(x)); [n, T, width] → [n, T, width].</summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>The standard deviation of initial weights, as in GPT-2.</summary>
    public const double Spread = 0.02;

    private readonly long _heads;

    // The names of the fields are those of the parameters.
#pragma warning disable IDE1006
    private readonly LayerNormalization attention_norm, dense_norm;
    private readonly Linear attention, attention_out, dense, dense_out;
#pragma warning restore IDE1006

    public TransformerBlock(long heads, long width, int layers, ScalarType dtype, Device? device) : base(nameof(TransformerBlock))
    {
        _heads = heads;
        var atEnd = Spread / Math.Sqrt(2 * layers);
        attention_norm = new LayerNormalization(width, dtype, device);
        attention = Dense(width, 3 * width, Spread, bias: true, dtype, device);
        attention_out = Dense(width, width, atEnd, bias: true, dtype, device);
        dense_norm = new LayerNormalization(width, dtype, device);
        dense = Dense(width, 4 * width, Spread, bias: true, dtype, device);
        dense_out = Dense(4 * width, width, atEnd, bias: true, dtype, device);
        RegisterComponents();
    }

    /// <summary>A matrix of normal numbers, and biases of zero.</summary>
    public static Linear Dense(long from, long to, double spread, bool bias, ScalarType dtype, Device? device)
    {
        var linear = nn.Linear(from, to, bias, device, dtype);
        nn.init.normal_(linear.weight!, 0, spread);
        if (bias)
        {
            nn.init.zeros_(linear.bias!);
        }

        return linear;
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var signal = input.Plus(attention_out.call(Attend(attention.call(attention_norm.call(input)))));
        return signal.Plus(dense_out.call(nn.functional.gelu(dense.call(dense_norm.call(signal))))).MoveToOuterDisposeScope();
    }

    /// <summary>Mixes the values of each head, by the softmax of queries · keys/√(width of the head) over the positions so far.</summary>
    /// <param name="all">Queries, keys and values, shape [n, T, 3 · width].</param>
    private Tensor Attend(Tensor all)
    {
        var (examples, length, width) = (all.shape[0], all.shape[1], all.shape[2] / 3 / _heads);
        var parts = all.view(examples, length, 3, _heads, width).permute(2, 0, 3, 1, 4).reshape(3, examples * _heads, length, width);
        var scores = parts[0].bmm(parts[1].transpose(1, 2)) / Scalar(Math.Sqrt(width));
        var future = ones([length, length], ScalarType.Bool, all.device).triu(1);
        var shares = nn.functional.softmax(scores.masked_fill(future, Scalar(double.NegativeInfinity)), -1);
        return shares.bmm(parts[2]).view(examples, _heads, length, width).transpose(1, 2).reshape(examples, length, _heads * width);
    }
}
