using LossSpikes.Lab.Experiments;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>What does not change about a run.</summary>
/// <param name="Id">Its number in this process.</param>
/// <param name="Name">What it is called: its folder's name.</param>
/// <param name="Folder">Its folder, as a person at this machine would write it.</param>
/// <param name="Steps">The number of its last step.</param>
/// <param name="Threshold">What its threshold is called.</param>
/// <param name="Matrix">Whose eigenvalues are compared with it.</param>
/// <param name="TrainedHere">Whether this process trains it, so that pages can steer it.</param>
/// <param name="Origin">The spike it began from, or null.</param>
internal sealed record RunHeader(int Id, string Name, string Folder, long Steps, string Threshold, string Matrix, bool TrainedHere, SpikeOfRun? Origin)
{
    /// <summary>That of a run in a folder.</summary>
    public static RunHeader Of(int id, string folder, Experiment experiment, bool trainedHere = false, SpikeOfRun? origin = null) => new(
        id,
        Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
        Path.GetRelativePath(Environment.CurrentDirectory, folder),
        experiment.Steps,
        experiment.Optimizer.Formula,
        experiment.Optimizer.Matrix,
        trainedHere,
        origin);
}

/// <summary>A spike of a run in this process.</summary>
/// <param name="Run">The run's number.</param>
/// <param name="Spike">The spike's.</param>
/// <param name="Step">The step of the checkpoint before it.</param>
internal sealed record SpikeOfRun(int Run, int Spike, long Step);
