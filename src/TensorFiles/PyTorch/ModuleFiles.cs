using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>
/// Saves and loads the weights of TorchSharp modules in files that PyTorch reads and writes, under PyTorch's names
/// (<c>0.weight</c>, <c>0.bias</c>, …). Loading leaves requires_grad as it is: the state_dict of Python has it false for every tensor.
/// The methods have the names of TorchSharp.PyBridge; docs/pytorch.md in the repository lists what differs.
/// </summary>
public static class ModuleFiles
{
    /// <summary>
    /// Writes parameters and buffers as <c>torch.save(module.state_dict(), path)</c> does. An existing file is replaced, whole or not at all.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="skip">Names to leave out.</param>
    /// <exception cref="NotSupportedException">PyTorch's files lack a dtype.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void save_py(this nn.Module module, string path, IReadOnlyCollection<string>? skip = null) =>
        AtomicFile.Write(path, stream => module.save_py(stream, skip));

    /// <summary>Writes to a stream; otherwise as to a file.</summary>
    /// <param name="module">The module.</param>
    /// <param name="stream">A stream that can seek; it stays open.</param>
    /// <param name="skip">Names to leave out.</param>
    /// <exception cref="NotSupportedException">PyTorch's files lack a dtype.</exception>
    public static void save_py(this nn.Module module, Stream stream, IReadOnlyCollection<string>? skip = null) =>
        PyTorchFile.Write(stream, NamedTensors.AsDictionary(ModuleWeights.Of(module, skip)));

    /// <summary>Writes parameters and buffers to a safetensors file. An existing file is replaced, whole or not at all.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="skip">Names to leave out.</param>
    /// <exception cref="NotSupportedException">The format lacks a dtype.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void save_safetensors(this nn.Module module, string path, IReadOnlyCollection<string>? skip = null) =>
        AtomicFile.Write(path, stream => module.save_safetensors(stream, skip));

    /// <summary>Writes to a stream; otherwise as to a file.</summary>
    /// <param name="module">The module.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="skip">Names to leave out.</param>
    /// <exception cref="NotSupportedException">The format lacks a dtype.</exception>
    public static void save_safetensors(this nn.Module module, Stream stream, IReadOnlyCollection<string>? skip = null) =>
        Safetensors.Write(stream, ModuleWeights.Of(module, skip), Safetensors.PyTorchMetadata);

    /// <summary>
    /// Loads a state_dict that <c>torch.save</c> wrote. Names, shapes and dtypes are compared first: nothing is written into the module
    /// unless all of it fits. Floats of another precision are converted.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether file and module must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    /// <returns>The names that were loaded.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or holds no state_dict.</exception>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ; names as an <see cref="UnknownNameException"/>.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static IReadOnlyList<string> load_py(this nn.Module module, string path, bool strict = true, IReadOnlyCollection<string>? skip = null) =>
        TensorFile.Read(path, stream => module.load_py(stream, strict, skip));

    /// <summary>Loads a state_dict from a stream; otherwise as from a file.</summary>
    /// <inheritdoc cref="load_py(nn.Module, string, bool, IReadOnlyCollection{string}?)"/>
    /// <param name="module">The module.</param>
    /// <param name="stream">A stream that can seek, at its start; it stays open.</param>
    /// <param name="strict">Whether file and module must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    public static IReadOnlyList<string> load_py(this nn.Module module, Stream stream, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        using var scope = NewDisposeScope();
        return module.load_tensors(NamedTensors.StateDict(TensorFileFormat.IsZip(stream)
            ? PyTorchFile.Read(stream)
            : throw new InvalidDataException("it is a safetensors file, which load_safetensors reads")), strict, skip);
    }

    /// <summary>
    /// Loads a safetensors file. Names, shapes and dtypes are compared first: nothing is written into the module unless all of it fits. Floats
    /// of another precision are converted.
    /// </summary>
    /// <inheritdoc cref="load_py(nn.Module, string, bool, IReadOnlyCollection{string}?)"/>
    public static IReadOnlyList<string> load_safetensors(this nn.Module module, string path, bool strict = true, IReadOnlyCollection<string>? skip = null) =>
        TensorFile.Read(path, stream => module.load_safetensors(stream, strict, skip));

    /// <summary>Loads safetensors from a stream; otherwise as from a file.</summary>
    /// <inheritdoc cref="load_py(nn.Module, Stream, bool, IReadOnlyCollection{string}?)"/>
    public static IReadOnlyList<string> load_safetensors(this nn.Module module, Stream stream, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        using var scope = NewDisposeScope();
        return module.load_tensors(TensorFileFormat.IsZip(stream)
            ? throw new InvalidDataException("it is a PyTorch file, which load_py reads")
            : Safetensors.Read(stream).Tensors, strict, skip);
    }

    /// <summary>Copies tensors into parameters and buffers of the same names, after names, shapes and dtypes have been compared.</summary>
    /// <param name="module">The module.</param>
    /// <param name="tensors">The state_dict; its tensors stay the caller's.</param>
    /// <param name="strict">Whether both must have exactly the same names; otherwise the names that both have are loaded.</param>
    /// <param name="skip">Names to leave alone in both.</param>
    /// <returns>The names that were loaded.</returns>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ; names as an <see cref="UnknownNameException"/>.</exception>
    public static IReadOnlyList<string> load_tensors(
        this nn.Module module, IReadOnlyDictionary<string, Tensor> tensors, bool strict = true, IReadOnlyCollection<string>? skip = null) =>
        ModuleWeights.Load(module, tensors, strict, skip);

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
    public static IReadOnlyList<string> load_checkpoint(
        this nn.Module module, string directory, string? name = null, bool strict = true, IReadOnlyCollection<string>? skip = null)
    {
        using var scope = NewDisposeScope();
        return module.load_tensors(CheckpointDirectory.Read(directory, name), strict, skip);
    }
}
