using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>Makes the network that an experiment describes.</summary>
internal static class Networks
{
    /// <summary>Builds it for inputs like those of a data set; all but convolutional networks take their examples as rows.</summary>
    /// <param name="settings">The architecture.</param>
    /// <param name="inputs">The examples, shape [n, …].</param>
    /// <param name="outputs">How many outputs there are.</param>
    /// <returns>The network, in the dtype and on the device of <paramref name="inputs"/>; its weights come from the global random state.</returns>
    /// <exception cref="InputException">Model and data do not go together.</exception>
    public static nn.Module<Tensor, Tensor> Build(ModelSettings settings, Tensor inputs, long outputs)
    {
        var (example, type, device) = (inputs.shape[1..], inputs.dtype, inputs.device);
        var features = example.Aggregate(1L, (product, size) => product * size);
        return settings switch
        {
            MlpSettings mlp => Mlp.Build(mlp, features, outputs, type, device),
            DeepLinearSettings linear => Mlp.Build(linear, features, outputs, type, device),
            ScalarProductSettings product => Mlp.Build(product, features, outputs, type, device),
            CnnSettings cnn => Cnn.Build(cnn, example, outputs, type, device),
            _ => throw new NotSupportedException(settings.GetType().Name),
        };
    }
}
