using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>
/// Saves and loads the weights of TorchSharp modules in files that PyTorch reads and writes, under PyTorch's names
/// (<c>0.weight</c>, <c>0.bias</c>, …). Loading leaves requires_grad as it is: the state_dict of Python has it false for every tensor.
/// </summary>
public static class ModuleFiles
{
    /// <summary>
    /// Writes parameters and buffers: to .pt and .pth as <c>torch.save(module.state_dict(), path)</c> does, or to .safetensors. An
    /// existing file is replaced, whole or not at all.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file; the ending of its name selects the format.</param>
    /// <param name="skip">Names to leave out.</param>
    /// <exception cref="NotSupportedException">The ending is none of <see cref="TensorFile.Endings"/>, or the format lacks a dtype.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveWeights(this nn.Module module, string path, IReadOnlyCollection<string>? skip = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        TensorFile.Write(path, module.state_dict().Where(t => skip?.Contains(t.Key) != true).ToDictionary());
    }

    /// <summary>
    /// Loads a state_dict from a PyTorch or safetensors file; its first bytes tell the format. Names, shapes and dtypes are compared
    /// first: nothing is written into the module unless all of it fits. Floats of another precision are converted.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether file and module must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    /// <returns>The names that were loaded.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or holds more than tensors and plain data.</exception>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static IReadOnlyList<string> LoadWeights(this nn.Module module, string path, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        using var scope = NewDisposeScope();
        return module.LoadWeights(NamedTensors.StateDictOf(path), strict, skip);
    }

    /// <summary>Loads a state_dict from a stream; otherwise as from a file.</summary>
    /// <inheritdoc cref="LoadWeights(nn.Module, string, bool, IReadOnlyCollection{string}?)"/>
    /// <param name="module">The module.</param>
    /// <param name="stream">A stream that can seek, at its start; it stays open.</param>
    /// <param name="strict">Whether file and module must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    public static IReadOnlyList<string> LoadWeights(this nn.Module module, Stream stream, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        using var scope = NewDisposeScope();
        return module.LoadWeights(NamedTensors.StateDict(TensorFile.Read(stream)), strict, skip);
    }

    /// <summary>Copies tensors into parameters and buffers of the same names, after names, shapes and dtypes have been compared.</summary>
    /// <param name="module">The module.</param>
    /// <param name="tensors">The state_dict; its tensors stay the caller's.</param>
    /// <param name="strict">Whether both must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    /// <returns>The names that were loaded.</returns>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ; names as an <see cref="UnknownNameException"/>.</exception>
    public static IReadOnlyList<string> LoadWeights(
        this nn.Module module, IReadOnlyDictionary<string, Tensor> tensors, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ModuleWeights.Load(module, tensors, strict, skip);
    }

    /// <summary>Loads a checkpoint folder, in one file or spread over several: see <see cref="CheckpointDirectory.Read"/>.</summary>
    /// <param name="module">The module.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="name">The file in it, where it has none of the usual names.</param>
    /// <param name="strict">Whether checkpoint and module must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    /// <returns>The names that were loaded.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or an index names one outside the folder.</exception>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ.</exception>
    public static IReadOnlyList<string> LoadCheckpoint(
        this nn.Module module, string directory, string? name = null, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        using var scope = NewDisposeScope();
        return module.LoadWeights(CheckpointDirectory.Read(directory, name), strict, skip);
    }
}
