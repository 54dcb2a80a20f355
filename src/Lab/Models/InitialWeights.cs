using LossSpikes.Lab.PyTorch;
using LossSpikes.Lab.TensorFiles;
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
        var content = TensorFile.Read(file);
        try
        {
            ModuleWeights.Load(network, NamedTensors.StateDict(content, settings.InitKey), strict: true);
        }
        catch (Exception e) when (e is InvalidDataException or WeightsMismatchException)
        {
            throw new InputException($"{file}: {e.Message} (objective.model.{(e is InvalidDataException ? "init_key" : "init_from")})", e);
        }
    }
}
