using LossSpikes.Lab.Data;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.PyTorch;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>The weights that a file gives a network to start from.</summary>
internal static class InitialWeights
{
    /// <summary>Loads the file that the settings name, if they name one. It must have every parameter of the network, and no more.</summary>
    /// <exception cref="InputException">The file is not what it should be, or does not fit the network.</exception>
    public static void Load(nn.Module network, ModelSettings settings)
    {
        if (settings.InitFrom is not { } file)
        {
            if (settings.InitKey is not null)
            {
                throw new InputException("objective.model.init_key says where in a file the weights are, and needs init_from, the file");
            }

            return;
        }

        using var scope = NewDisposeScope();
        var content = WeightsFile.Read(file);
        var tensors = Checked("init_key", () => NamedTensors.StateDict(content, settings.InitKey));
        Checked("init_from", () => network.load_tensors(tensors));

        T Checked<T>(string key, Func<T> take)
        {
            try
            {
                return take();
            }
            catch (Exception e) when (e is InvalidDataException or WeightsMismatchException)
            {
                throw new InputException($"{file}: {WeightsFile.Sentence(e)} (objective.model.{key})", e);
            }
        }
    }
}
