using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Experiments;

/// <summary>A network's architecture; its input and output widths come from the data. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpSettings), "mlp")]
[JsonDerivedType(typeof(DeepLinearSettings), "deep_linear")]
[JsonDerivedType(typeof(ScalarProductSettings), "scalar_product")]
[JsonDerivedType(typeof(CnnSettings), "cnn")]
internal abstract record ModelSettings
{
    [Description("A file of weights to start from in place of random ones: .pt or .pth of torch.save, or .safetensors, with the names and shapes of this network. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? InitFrom { get; init; }

    [Description("With init_from: the key of the weights, where the file has more than them. In {\"model\": ..., \"epoch\": 3} it is model.")]
    public string? InitKey { get; init; }
}

/// <summary>A network of layers with random weights.</summary>
internal abstract record LayeredSettings : ModelSettings
{
    [Description("How the weights are drawn. torch: as PyTorch does, uniform within 1/sqrt(fan-in); xavier: uniform with variance 2/(fan-in + fan-out); mup: normal with variance 1/fan-in, in the last layer 1/fan-in squared.")]
    public Initialization Init { get; init; } = Initialization.Torch;

    [Description("What the weights drawn, not the biases, are multiplied by.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Gain { get; init; } = 1;
}

/// <summary>A multilayer perceptron.</summary>
[Description("Fully connected layers with an activation between them (a multilayer perceptron). The data give the widths of input and output.")]
internal sealed record MlpSettings : LayeredSettings
{
    [Description("Widths of the hidden layers, first to last. An empty list makes a linear model.")]
    [Range(1, 100_000)]
    public required IReadOnlyList<int> Hidden { get; init; }

    [Description("The nonlinearity after each hidden layer. The curvature jumps where relu, elu and hardtanh bend; the others are smooth.")]
    public required Activation Activation { get; init; }

    [Description("Whether the layers have biases.")]
    public bool Bias { get; init; } = true;

    [Description("Whether biases start at zero instead of where PyTorch draws them.")]
    public bool ZeroBiases { get; init; }
}

/// <summary>A product of matrices.</summary>
[Description("A deep linear network: fully connected layers without activations or biases.")]
internal sealed record DeepLinearSettings : LayeredSettings
{
    [Description("Widths of the hidden layers, first to last.")]
    [Range(1, 100_000)]
    public required IReadOnlyList<int> Hidden { get; init; }
}

/// <summary>A product of numbers.</summary>
[Description("A deep linear network of width one: the input, which is one number, times the product of scalar weights.")]
internal sealed record ScalarProductSettings : ModelSettings
{
    [Description("The weights at the start, as many as there are factors.")]
    public required IReadOnlyList<double> Start { get; init; }
}

/// <summary>A small convolutional network.</summary>
[Description("A small convolutional network for images: 3 by 3 convolutions that keep the size, each followed by an activation and 2 by 2 pooling, and a fully connected layer at the end.")]
internal sealed record CnnSettings : LayeredSettings
{
    [Description("Channels of the convolutions, first to last.")]
    [Range(1, 10_000)]
    public required IReadOnlyList<int> Channels { get; init; }

    [Description("The nonlinearity after each convolution.")]
    public required Activation Activation { get; init; }

    [Description("How 2 by 2 pixels become one. average is smooth; with max the curvature jumps where another pixel takes over.")]
    public Pooling Pooling { get; init; } = Pooling.Average;

    [Description("Whether biases start at zero instead of where PyTorch draws them.")]
    public bool ZeroBiases { get; init; }
}

/// <summary>Ways to draw weights.</summary>
internal enum Initialization
{
    Torch,
    Xavier,
    Mup,
}

/// <summary>Ways to shrink an image.</summary>
internal enum Pooling
{
    Average,
    Max,
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
