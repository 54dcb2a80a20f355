using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>
/// Whitened inputs, XᵀX = n·I, and targets Y = XM: then a deep linear network sees M alone (Saxe, McClelland and Ganguli 2013,
/// arXiv 1312.6120).
/// </summary>
internal static class LinearTargets
{
    /// <summary>Draws the inputs and the singular vectors of M.</summary>
    /// <exception cref="InputException">There are fewer examples than inputs, or more singular values than M can have.</exception>
    public static DataSet Make(LinearSettings settings)
    {
        var rank = Math.Min(settings.Inputs, settings.Outputs);
        if (settings.Examples < settings.Inputs)
        {
            throw new InputException($"objective.data.examples: {settings.Inputs} inputs can only be white over at least as many examples, not {settings.Examples}");
        }

        if (settings.SingularValues.Count == 0 || settings.SingularValues.Count > rank)
        {
            throw new InputException($"objective.data.singular_values: a map from {settings.Inputs} inputs to {settings.Outputs} outputs has 1 to {rank} of them, not {settings.SingularValues.Count}");
        }

        using var generator = new Generator((ulong)settings.Seed);
        var inputs = Orthonormal(settings.Examples, settings.Inputs) * Scalar(Math.Sqrt(settings.Examples));
        var (left, right) = (Orthonormal(settings.Inputs, settings.SingularValues.Count), Orthonormal(settings.Outputs, settings.SingularValues.Count));
        return new DataSet(inputs, inputs.mm(left * tensor(settings.SingularValues.ToArray())).mm(right.t()));

        Tensor Orthonormal(long rows, long columns) => linalg.qr(randn([rows, columns], dtype: ScalarType.Float64, generator: generator)).Q;
    }
}
