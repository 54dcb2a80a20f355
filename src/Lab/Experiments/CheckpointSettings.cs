using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;

namespace LossSpikes.Lab.Experiments;

/// <summary>When the state of a run is saved.</summary>
internal sealed record CheckpointSettings
{
    [Description("Steps from one checkpoint to the next; a run that is killed loses at most these. The newest two are kept.")]
    [Range(1, Limits.MaxSteps)]
    public int Every { get; init; } = 500;

    [Description("Spikes that keep the checkpoint before them, for lab replay: this many from the first on, and this many up to the last. 0: none.")]
    [Range(0, 1000)]
    public int Spikes { get; init; } = 10;
}
