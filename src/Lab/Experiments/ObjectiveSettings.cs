using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Experiments;

/// <summary>The function to minimize. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(NetworkSettings), "network")]
[JsonDerivedType(typeof(QuadraticSettings), "quadratic")]
[JsonDerivedType(typeof(PowerLawSettings), "power_law")]
internal abstract record ObjectiveSettings
{
    /// <summary>The precision of runs that name none.</summary>
    // Not public, so that it is no key of the file.
    internal abstract Precision DefaultPrecision { get; }
}

/// <summary>The loss of a network over a whole data set, as a function of its weights.</summary>
[Description("The loss of a neural network over all examples, as a function of its weights.")]
internal sealed record NetworkSettings : ObjectiveSettings
{
    [Description("The examples the network learns.")]
    public required DataSettings Data { get; init; }

    [Description("The network.")]
    public required ModelSettings Model { get; init; }

    [Description("mse: half the squared error, summed over the outputs; cross_entropy: minus the log-probability of the right class; logistic: the same for two classes and one output. Means over the examples.")]
    public required LossFunction Loss { get; init; }

    [Description("Examples evaluated at a time. It bounds the memory used and changes results only by rounding.")]
    [Range(1, 100_000_000)]
    public int Chunk { get; init; } = 8192;

    internal override Precision DefaultPrecision => Precision.Float32;
}

/// <summary>Losses of a network.</summary>
internal enum LossFunction
{
    Mse,
    CrossEntropy,
    Logistic,
}
