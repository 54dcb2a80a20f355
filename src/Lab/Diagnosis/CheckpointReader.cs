using LossSpikes.Lab.Data;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.PyTorch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Reads the checkpoints that the user names.</summary>
internal static class CheckpointReader
{
    /// <summary>Weights, optimizer and step of a file. The caller owns the tensors.</summary>
    /// <param name="path">A file of <c>torch.save</c>, or a safetensors file.</param>
    /// <param name="key">Where the state_dict is, with dots; null: where it is found.</param>
    /// <param name="names">The names of the network's tensors; null where they are not known.</param>
    /// <exception cref="InputException">There is no such file, or no weights in it; one sentence that names it.</exception>
    public static TrainingCheckpoint Read(string path, string? key = null, IReadOnlyCollection<string>? names = null)
    {
        var content = WeightsFile.Read(path);
        try
        {
            return TrainingCheckpoint.Of(content, key, names);
        }
        catch (Exception e) when (e is InvalidDataException or UnknownNameException)
        {
            throw new InputException($"{path}: {WeightsFile.Sentence(e)}", e);
        }
    }
}
