using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;

namespace LossSpikes.Lab.Experiments;

/// <summary>A flow that takes the place of an optimizer's steps.</summary>
internal sealed record FlowSettings
{
    [Description("central: the averaged path of the optimizer's oscillations (gd and rmsprop). "
        + "gradient: gradient flow, which does not know the learning rate (gd).")]
    public FlowKind Kind { get; init; }

    [Description("The step at which the flow begins; up to it the optimizer makes its steps, and nothing is recorded.")]
    [Range(0, Limits.MaxSteps)]
    public int From { get; init; }

    [Description("The largest number of eigenvalues at the edge that are followed; each pair of them costs a third derivative a substep.")]
    [Range(1, 8)]
    public int Modes { get; init; } = 8;

    [Description("Substeps of a step.")]
    [Range(1, 64)]
    public int Substeps { get; init; } = 4;
}

/// <summary>The kinds of flow.</summary>
internal enum FlowKind
{
    /// <summary>The central flow of the optimizer.</summary>
    Central,

    /// <summary>Gradient flow.</summary>
    Gradient,
}
