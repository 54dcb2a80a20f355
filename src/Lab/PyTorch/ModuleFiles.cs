using LossSpikes.Lab.TensorFiles;
using static TorchSharp.torch;

namespace LossSpikes.Lab.PyTorch;

/// <summary>
/// Files of PyTorch for modules of TorchSharp, under the names that TorchSharp.PyBridge gave them: code written for that package
/// changes its using line. Unlike there, loading leaves requires_grad as it is: the state_dict of Python says "no" for everything.
/// </summary>
public static class ModuleFiles
{
#pragma warning disable IDE1006, CA1707 // the names are those of the package

    /// <summary>Writes parameters and buffers as <c>torch.save(module.state_dict(), path)</c> does. A file that was there is replaced, whole or not at all.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="skip">Names that are left out.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static nn.Module save_py(this nn.Module module, string path, IList<string>? skip = null)
    {
        AtomicFile.Write(path, stream => module.save_py(stream, skip, leaveOpen: true));
        return module;
    }

    /// <inheritdoc cref="save_py(nn.Module, string, IList{string}?)"/>
    /// <param name="module">The module.</param>
    /// <param name="stream">A stream that can seek.</param>
    /// <param name="skip">Names that are left out.</param>
    /// <param name="leaveOpen">Whether the stream stays open.</param>
    public static nn.Module save_py(this nn.Module module, Stream stream, IList<string>? skip = null, bool leaveOpen = false)
    {
        PyTorchFile.Write(stream, NamedTensors.AsDictionary(Kept(module, skip)));
        Close(stream, leaveOpen);
        return module;
    }

    /// <summary>Writes parameters and buffers as a safetensors file. A file that was there is replaced, whole or not at all.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="skip">Names that are left out.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="NotSupportedException">A tensor is complex, which the format does not have.</exception>
    public static nn.Module save_safetensors(this nn.Module module, string path, IList<string>? skip = null)
    {
        AtomicFile.Write(path, stream => module.save_safetensors(stream, skip, leaveOpen: true));
        return module;
    }

    /// <inheritdoc cref="save_safetensors(nn.Module, string, IList{string}?)"/>
    /// <param name="module">The module.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="skip">Names that are left out.</param>
    /// <param name="leaveOpen">Whether the stream stays open.</param>
    public static nn.Module save_safetensors(this nn.Module module, Stream stream, IList<string>? skip = null, bool leaveOpen = false)
    {
        Safetensors.Write(stream, Kept(module, skip), Safetensors.PyTorchMetadata);
        Close(stream, leaveOpen);
        return module;
    }

    /// <summary>Loads a state_dict that <c>torch.save</c> wrote. Nothing is written into the module unless all of it fits.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file; what it is shows in its first bytes, so that a safetensors file does as well.</param>
    /// <param name="strict">Whether file and module must have the very same names; otherwise those that both have are loaded.</param>
    /// <param name="skip">Names that are left alone.</param>
    /// <param name="loadedParameters">Told of every name of the file whether it was loaded.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or holds more than tensors and plain data.</exception>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ.</exception>
    public static nn.Module load_py(this nn.Module module, string path, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
    {
        using var stream = File.OpenRead(path);
        return module.load_py(stream, strict, skip, loadedParameters, leaveOpen: true);
    }

    /// <inheritdoc cref="load_py(nn.Module, string, bool, IList{string}?, Dictionary{string, bool}?)"/>
    /// <param name="module">The module.</param>
    /// <param name="stream">A stream that can seek, at its start.</param>
    /// <param name="strict">Whether file and module must have the very same names.</param>
    /// <param name="skip">Names that are left alone.</param>
    /// <param name="loadedParameters">Told of every name of the file whether it was loaded.</param>
    /// <param name="leaveOpen">Whether the stream stays open.</param>
    public static nn.Module load_py(
        this nn.Module module, Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null, bool leaveOpen = false)
    {
        using var scope = NewDisposeScope();
        ModuleWeights.Load(module, NamedTensors.StateDict(TensorFile.Read(stream), key: null), strict, skip, loadedParameters);
        Close(stream, leaveOpen);
        return module;
    }

    /// <inheritdoc cref="load_py(nn.Module, string, bool, IList{string}?, Dictionary{string, bool}?)"/>
    /// <summary>Loads a safetensors file. Nothing is written into the module unless all of it fits.</summary>
    public static nn.Module load_safetensors(this nn.Module module, string path, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null) =>
        module.load_py(path, strict, skip, loadedParameters);

    /// <inheritdoc cref="load_py(nn.Module, Stream, bool, IList{string}?, Dictionary{string, bool}?, bool)"/>
    /// <summary>Loads a safetensors file. Nothing is written into the module unless all of it fits.</summary>
    public static nn.Module load_safetensors(
        this nn.Module module, Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null, bool leaveOpen = false) =>
        module.load_py(stream, strict, skip, loadedParameters, leaveOpen);

    /// <summary>
    /// Loads a checkpoint folder: <c>model.safetensors</c>, <c>model.safetensors.index.json</c>, <c>pytorch_model.bin</c> or
    /// <c>pytorch_model.bin.index.json</c>, the first that is there. An index names the files that the tensors are spread over.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="dir">The folder.</param>
    /// <param name="checkpointName">The file in it, where it is none of these.</param>
    /// <param name="strict">Whether checkpoint and module must have the very same names.</param>
    /// <param name="skip">Names that are left alone.</param>
    /// <param name="loadedParameters">Told of every name of the checkpoint whether it was loaded.</param>
    /// <param name="useTqdm">Without effect: no progress is shown.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or an index names one outside the folder.</exception>
    /// <exception cref="WeightsMismatchException">Names, shapes or dtypes differ.</exception>
    public static nn.Module load_checkpoint(
        this nn.Module module, string dir, string? checkpointName = null, bool strict = true, IList<string>? skip = null,
        Dictionary<string, bool>? loadedParameters = null, bool useTqdm = true)
    {
        _ = useTqdm;
        using var scope = NewDisposeScope();
        ModuleWeights.Load(module, CheckpointDirectory.Read(dir, checkpointName), strict, skip, loadedParameters);
        return module;
    }

#pragma warning restore IDE1006, CA1707

    private static Dictionary<string, Tensor> Kept(nn.Module module, IList<string>? skip) =>
        module.state_dict().Where(t => skip?.Contains(t.Key) != true).ToDictionary();

    private static void Close(Stream stream, bool leaveOpen)
    {
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }
}
