using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>Conditions that end a run early; whichever holds first does.</summary>
internal sealed record StopSettings
{
    [Description("Stop at the first step whose loss is at most this.")]
    public double? Loss { get; init; }

    [Description("Stop at the first step whose accuracy, a share between 0 and 1, is at least this.")]
    [Range(0.0, 1.0)]
    public double? Accuracy { get; init; }
}
