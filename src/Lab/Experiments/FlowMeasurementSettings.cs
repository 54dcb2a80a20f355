using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Experiments;

/// <summary>How the averaged path is followed along a run.</summary>
internal sealed record FlowMeasurementSettings : IMeasurementSettings
{
    [Description("The step at which the flow leaves the run. Measured steps before it have no prediction.")]
    [Range(0, Limits.MaxSteps)]
    public int From { get; init; }

    [Description("The largest number of eigenvalues at the edge that are followed.")]
    [Range(1, 8)]
    public int Modes { get; init; } = 8;

    /// <inheritdoc/>
    public IStepMeasurement Create() => new FlowPrediction(From, Modes);
}
