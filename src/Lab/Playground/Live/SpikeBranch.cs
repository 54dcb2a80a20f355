using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// A branch before a spike: a folder that is, byte for byte, the run as it was at the checkpoint before the spike. Training resumes
/// from it as <c>lab resume</c> does after a kill.
/// </summary>
internal static class SpikeBranch
{
    /// <summary>Makes the folder.</summary>
    /// <param name="source">The run folder, finished or not.</param>
    /// <param name="experiment">Its experiment, as it stands now.</param>
    /// <param name="spike">The spike's number.</param>
    /// <returns>The right to write the new folder, its experiment, and the step that comes next in it.</returns>
    /// <exception cref="InputException">The spike kept no checkpoint, or the folder cannot be written.</exception>
    public static (FolderLock Held, Experiment Experiment, long Step) Create(string source, Experiment experiment, int spike)
    {
        var pinned = new CheckpointFolder(source, experiment.Checkpoint).OfSpike(spike);
        if (!File.Exists(pinned))
        {
            throw new InputException(
                $"spike {spike} kept no checkpoint before it: the first {experiment.Checkpoint.Spikes} and the last {experiment.Checkpoint.Spikes} do "
                    + $"(checkpoint.spikes of the experiment)");
        }

        using var scope = NewDisposeScope();
        FolderLock? held = null;
        try
        {
            var from = CheckpointFile.Read(pinned);
            var name = Path.GetFileName(source);
            var folder = Path.GetFullPath(RunWriter.FreeFolder($"{name[..Math.Min(name.Length, 80)]}-spike-{spike}"));
            var branch = experiment with { Name = Path.GetFileName(folder) };
            held = RunWriter.CreateFolder(folder, branch, EnvironmentReport.Of(branch));
            foreach (var (file, length) in from.Lengths)
            {
                CopyStart(source, folder, file, length);
            }

            new CheckpointFolder(folder, branch.Checkpoint).Adopt(source, spike, from.Step);
            return (held, branch, from.Step);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new InputException($"the checkpoint before spike {spike} cannot be used: {e.Message}", e);
        }
    }

    private static void CopyStart(string source, string folder, string file, long length)
    {
        using var from = File.Open(Path.Combine(source, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[length];
        from.ReadExactly(bytes);
        File.WriteAllBytes(Path.Combine(folder, file), bytes);
    }
}
