using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>When the state of a run is saved.</summary>
internal sealed record CheckpointSettings
{
    [Description("Steps from one checkpoint to the next; a run that is killed loses at most these. The newest two are kept.")]
    [Range(1, Experiment.MaxSteps)]
    public int Every { get; init; } = 500;
}
