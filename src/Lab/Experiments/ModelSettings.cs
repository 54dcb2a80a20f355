using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Experiments;

/// <summary>A network's architecture. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpSettings), "mlp")]
internal abstract record ModelSettings;

/// <summary>A multilayer perceptron; its input and output widths come from the data.</summary>
[Description("Fully connected layers with an activation between them (a multilayer perceptron). The data give the widths of input and output.")]
internal sealed record MlpSettings : ModelSettings
{
    [Description("Widths of the hidden layers, first to last. An empty list makes a linear model.")]
    [Range(1, 100_000)]
    public required IReadOnlyList<int> Hidden { get; init; }

    [Description("The nonlinearity after each hidden layer. The curvature jumps where relu, elu and hardtanh bend; the others are smooth.")]
    public required Activation Activation { get; init; }

    [Description("Whether the layers have biases.")]
    public bool Bias { get; init; } = true;
}

/// <summary>Nonlinearities between layers.</summary>
internal enum Activation
{
    Tanh,
    Relu,
    Elu,
    Gelu,
    Silu,
    Softplus,
    Sigmoid,
    Hardtanh,
    Identity,
}
