using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>½ θᵀAθ: the objective on which the threshold of every optimizer is exact.</summary>
[Description("Half of θᵀAθ, with A symmetric and positive semidefinite, given by its eigenvalues or by a file. Its sharpness is the largest eigenvalue, everywhere.")]
internal sealed record QuadraticSettings : ObjectiveSettings
{
    [Description("The eigenvalues of A, one per dimension: [4] is the parabola 2x². Give these or matrix.")]
    [Range(0.0, double.MaxValue)]
    public IReadOnlyList<double>? Eigenvalues { get; init; }

    [Description("With two eigenvalues: how far the axis of the first is turned from the x axis, counter-clockwise. Without it, the axes are drawn at random by the experiment's seed.")]
    public double? RotationDegrees { get; init; }

    [Description("A itself: a CSV file without a header, as many rows as columns. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? Matrix { get; init; }

    [Description("Where the descent begins, one number per dimension. Left out: 1 in every dimension.")]
    public IReadOnlyList<double>? Start { get; init; }

    internal override Precision DefaultPrecision => Precision.Float64;
}
