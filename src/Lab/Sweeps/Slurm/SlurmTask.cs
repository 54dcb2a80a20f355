using System.Globalization;

namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>The task of a job array that this process is.</summary>
/// <param name="arrayId">The array's id.</param>
/// <param name="task">Its index.</param>
/// <param name="restarts">How often it was started before.</param>
internal sealed class SlurmTask(string arrayId, string task, int restarts)
{
    /// <summary>The task of this process; null where it is none.</summary>
    public static SlurmTask? Current { get; } =
        Environment.GetEnvironmentVariable("SLURM_ARRAY_JOB_ID") is { } array && Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID") is { } task
            ? new SlurmTask(
                array,
                task,
                int.TryParse(Environment.GetEnvironmentVariable("SLURM_RESTART_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)
            : null;

    /// <summary>Whether it has gone back to the queue.</summary>
    public bool WasRequeued { get; private set; }

    /// <summary>Puts it back into the queue. Slurm then ends this process at once.</summary>
    /// <param name="most">How often at most.</param>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> Requeue(int most)
    {
        if (restarts < most)
        {
            WasRequeued = true;
            await SlurmTools.Requeue(arrayId, task);
        }

        return WasRequeued;
    }
}
