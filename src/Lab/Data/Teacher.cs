using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>A regression whose targets come from a random network, so that a student as large can fit it exactly.</summary>
[Description("Standard normal inputs, and what a random tanh network answers to them: weights are normal of variance 1/(inputs of the layer), without biases.")]
internal sealed record TeacherSettings : RandomDataSettings
{
    [Description("How many inputs the teacher has.")]
    [Range(1, 100_000)]
    public required int Inputs { get; init; }

    [Description("Widths of the teacher's hidden layers, first to last.")]
    [Range(1, 100_000)]
    public required IReadOnlyList<int> Hidden { get; init; }

    [Description("How many outputs the teacher has.")]
    [Range(1, 1000)]
    public int Outputs { get; init; } = 1;

    protected override DataSet Make()
    {
        using var generator = new Generator((ulong)Seed);
        var inputs = Normal(Examples, Inputs);
        var signal = Hidden.Aggregate(inputs, (x, width) => Layer(x, width).tanh());
        return new DataSet(inputs, Layer(signal, Outputs));

        Tensor Layer(Tensor x, long width) => x.mm(Normal(x.shape[1], width)) / Scalar(Math.Sqrt(x.shape[1]));

        Tensor Normal(long rows, long columns) => randn([rows, columns], dtype: ScalarType.Float64, generator: generator);
    }
}
