using LossSpikes.Lab.TensorFiles;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Lab.PyTorch;

/// <summary>Files of PyTorch for the optimizers SGD, Adam, AdamW, RMSProp and Adagrad of TorchSharp, under the names that TorchSharp.PyBridge gave them.</summary>
public static class OptimizerFiles
{
#pragma warning disable IDE1006, CA1707 // the names are those of the package

    /// <summary>Writes what <c>torch.save(optimizer.state_dict(), path)</c> does. A file that was there is replaced, whole or not at all.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="NotSupportedException">It is another kind of optimizer.</exception>
    public static void save_py(this OptimizerHelper optimizer, string path) => AtomicFile.Write(path, stream => optimizer.save_py(stream, leaveOpen: true));

    /// <inheritdoc cref="save_py(OptimizerHelper, string)"/>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="stream">A stream that can seek.</param>
    /// <param name="leaveOpen">Whether the stream stays open.</param>
    public static void save_py(this OptimizerHelper optimizer, Stream stream, bool leaveOpen = false)
    {
        using var scope = NewDisposeScope();
        PyTorchFile.Write(stream, OptimizerStates.Of(optimizer));
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    /// <summary>Loads the state_dict of an optimizer of the same kind over parameters in the same order. Nothing is written unless all of it fits.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or holds something else.</exception>
    /// <exception cref="WeightsMismatchException">Groups or parameters are not as many as the optimizer has.</exception>
    /// <exception cref="NotSupportedException">It is another kind of optimizer.</exception>
    public static void load_py(this OptimizerHelper optimizer, string path)
    {
        using var stream = File.OpenRead(path);
        optimizer.load_py(stream, leaveOpen: true);
    }

    /// <inheritdoc cref="load_py(OptimizerHelper, string)"/>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="stream">A stream that can seek, at its start.</param>
    /// <param name="leaveOpen">Whether the stream stays open.</param>
    public static void load_py(this OptimizerHelper optimizer, Stream stream, bool leaveOpen = false)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        OptimizerStates.Load(optimizer, TensorFile.Read(stream));
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

#pragma warning restore IDE1006, CA1707
}
