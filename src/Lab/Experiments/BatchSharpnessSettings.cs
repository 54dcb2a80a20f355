using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Experiments;

/// <summary>How batch sharpness is measured.</summary>
internal sealed record BatchSharpnessSettings : IMeasurementSettings
{
    [Description("Batches that are drawn at a measured step; each costs a gradient and a Hessian-vector product of one batch.")]
    [Range(8, 100_000)]
    public int Draws { get; init; } = 32;

    /// <inheritdoc/>
    public IStepMeasurement Create() => new BatchSharpness(Draws);
}
