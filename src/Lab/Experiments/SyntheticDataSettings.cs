using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>A Chebyshev polynomial on a grid.</summary>
[Description("The Chebyshev polynomial T_degree on points evenly spaced from -1 to 1, both ends included: a regression with one input.")]
internal sealed record ChebyshevSettings : DataSettings
{
    [Description("The degree of the polynomial: it has that many zeros between -1 and 1.")]
    [Range(0, 1000)]
    public required int Degree { get; init; }

    [Description("How many points there are.")]
    [Range(2, 1_000_000)]
    public required int Points { get; init; }
}

/// <summary>Data drawn at random, the same for the same seed whatever the run's own seed is.</summary>
internal abstract record RandomDataSettings : DataSettings
{
    [Description("How many examples are drawn.")]
    [Range(1, 1_000_000)]
    public required int Examples { get; init; }

    [Description("Seed of the data, apart from the seed of the run, so that many networks can learn the same data.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }
}

/// <summary>Normal clouds around random centres.</summary>
[Description("Classes that are normal clouds of unit variance around centres in random directions; as many examples of one class as of the next.")]
internal sealed record GaussianClustersSettings : RandomDataSettings
{
    [Description("How many clouds there are.")]
    [Range(2, 1000)]
    public required int Classes { get; init; }

    [Description("How many numbers an example has.")]
    [Range(1, 100_000)]
    public required int Dimension { get; init; }

    [Description("The distance of the centres from the origin, in standard deviations of a cloud.")]
    [Range(0.0, double.MaxValue)]
    public required double Separation { get; init; }
}

/// <summary>A regression whose right answer is a network.</summary>
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
}

/// <summary>A linear regression with whitened inputs.</summary>
[Description("Whitened inputs (their second moments are exactly the identity) and linear targets: the setting in which deep linear networks are solved exactly.")]
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
}
