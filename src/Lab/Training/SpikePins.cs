using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Training;

/// <summary>
/// Keeps the checkpoint before each spike when its record is written. A run that is killed in between resumes from a checkpoint
/// before the spike's end, so it comes past here again.
/// </summary>
internal sealed class SpikePins(CheckpointFolder checkpoints, RunWriter writer) : IMonitorSink
{
    public void Record(MonitorEvent happened)
    {
        if (happened is SpikeEvent spike)
        {
            writer.Attempt(() => checkpoints.Pin(spike.Id, spike.OnsetStep));
        }
    }
}
