using System.ComponentModel;
using System.Text.Json.Serialization;
using LossSpikes.Lab.Configuration;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>
/// The keys of a network, which build it; its input and output widths come from the data. This list is the registry of models: a
/// new one is a file of its own, with its settings and its layers, and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpSettings), "mlp")]
[JsonDerivedType(typeof(DeepLinearSettings), "deep_linear")]
[JsonDerivedType(typeof(ScalarProductSettings), "scalar_product")]
[JsonDerivedType(typeof(CnnSettings), "cnn")]
internal abstract record ModelSettings
{
    [Description("A file of weights to start from in place of random ones: .pt or .pth of torch.save, or .safetensors, "
        + "with the names and shapes of this network. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? InitFrom { get; init; }

    [Description("With init_from: the key of the weights, where the file has more than them. In {\"model\": ..., \"epoch\": 3} it is model.")]
    public string? InitKey { get; init; }

    /// <summary>Whether the network takes examples as images, [channels, height, width], where the data have them, and not as rows, [features].</summary>
    // Not public, so that it is no key of the file.
    internal virtual bool TakesImages => false;

    /// <summary>Builds the network; its weights come from the global random state.</summary>
    /// <param name="example">The shape of one example, as <see cref="TakesImages"/> says.</param>
    /// <param name="outputs">How many outputs there are.</param>
    /// <param name="type">The dtype of the parameters.</param>
    /// <param name="device">Where they are.</param>
    /// <exception cref="InputException">Model and data do not go together.</exception>
    internal abstract nn.Module<Tensor, Tensor> Build(IReadOnlyList<long> example, long outputs, ScalarType type, Device device);
}
