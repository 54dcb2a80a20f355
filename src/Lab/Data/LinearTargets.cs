using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>
/// A linear regression with whitened inputs, XᵀX = n·I, and targets Y = XM: then a deep linear network sees M alone (Saxe, McClelland
/// and Ganguli 2013, arXiv 1312.6120).
/// </summary>
[Description("Whitened inputs (their second moments are exactly the identity) and linear targets: "
    + "the setting in which deep linear networks are solved exactly.")]
internal sealed record LinearSettings : RandomDataSettings
{
    [Description("How many inputs there are, at most as many as examples.")]
    [Range(1, 10_000)]
    public required int Inputs { get; init; }

    [Description("How many targets there are.")]
    [Range(1, 1000)]
    public required int Outputs { get; init; }

    [Description("Singular values of the map from inputs to targets, at most as many as the smaller of both; its singular vectors are random.")]
    [Range(0.0, double.MaxValue)]
    public required IReadOnlyList<double> SingularValues { get; init; }

    protected override DataSet Make()
    {
        var rank = Math.Min(Inputs, Outputs);
        if (Examples < Inputs)
        {
            throw new InputException($"objective.data.examples: {Inputs} inputs can only be white over at least as many examples, not {Examples}");
        }

        if (SingularValues.Count == 0 || SingularValues.Count > rank)
        {
            throw new InputException(
                $"objective.data.singular_values: a map from {Inputs} inputs to {Outputs} outputs has 1 to {rank} of them, not {SingularValues.Count}");
        }

        using var generator = new Generator((ulong)Seed);
        var inputs = Orthonormal(Examples, Inputs) * Scalar(Math.Sqrt(Examples));
        var (left, right) = (Orthonormal(Inputs, SingularValues.Count), Orthonormal(Outputs, SingularValues.Count));
        return new DataSet(inputs, inputs.mm(left * tensor(SingularValues.ToArray())).mm(right.t()));

        Tensor Orthonormal(long rows, long columns) => linalg.qr(randn([rows, columns], dtype: ScalarType.Float64, generator: generator)).Q;
    }
}
