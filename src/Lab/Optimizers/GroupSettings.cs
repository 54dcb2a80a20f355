using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Optimizers;

/// <summary>The settings of one group of parameters.</summary>
[Description("Parameters with a step size or a weight decay of their own.")]
internal sealed record GroupSettings
{
    [Description("The names of the parameters, with * for any characters: 0.weight, *.bias. The parameters of a toy are numbered from 0.")]
    [RegularExpression(".+", ErrorMessage = "must be a name or a pattern such as *.bias")]
    public required string Parameters { get; init; }

    [Description("The step size of the group; a schedule changes it by the same factor as that of the optimizer. 0 freezes the group. Empty: as "
        + "the optimizer.")]
    [Range(0.0, double.MaxValue)]
    public double? LearningRate { get; init; }

    [Description("The weight decay of the group. Empty: as the optimizer.")]
    [Range(0.0, double.MaxValue)]
    public double? WeightDecay { get; init; }
}
