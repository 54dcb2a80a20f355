using System.ComponentModel;
using System.Text.Json.Serialization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
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
[JsonDerivedType(typeof(TransformerSettings), "transformer")]
[JsonDerivedType(typeof(TorchScriptSettings), "torchscript")]
internal abstract record ModelSettings
{
    [Description("A file of weights to start from in place of random ones: .pt or .pth of torch.save, or .safetensors, "
        + "with the names and shapes of this network; no TorchScript, which is a program. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? InitFrom { get; init; }

    [Description("With init_from: the key of the weights, where the file has more than them. In {\"model\": ..., \"epoch\": 3} it is model.")]
    public string? InitKey { get; init; }

    /// <summary>The examples in the form that the network takes; rows of numbers, unless a model says otherwise.</summary>
    /// <exception cref="InputException">The network cannot take such data.</exception>
    // Not public, like the members below, so that it is no key of the file.
    internal virtual Tensor Inputs(DataSet data, ScalarType type) => data.Inputs.to(type).reshape(data.Inputs.shape[0], -1);

    /// <summary>Builds the network; its weights come from the global random state.</summary>
    /// <param name="task">What it takes and gives.</param>
    /// <param name="type">The dtype of the parameters.</param>
    /// <param name="device">Where they are.</param>
    /// <exception cref="InputException">Model and data do not go together.</exception>
    internal abstract nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device);

    /// <summary>The error that the network and the data do not go together, as a trial has shown.</summary>
    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    /// <param name="cause">What the trial threw, if it did.</param>
    internal virtual Exception Misfit(string problem, Exception? cause = null) => new InputException($"objective.model: {problem}", cause);
}
