using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>Saves and loads the state of TorchSharp's optimizers SGD, Adam, AdamW, RMSProp and Adagrad in files that PyTorch reads and writes.</summary>
public static class OptimizerFiles
{
    /// <summary>Writes what <c>torch.save(optimizer.state_dict(), path)</c> does. An existing file is replaced, whole or not at all.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">It is another kind of optimizer.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void save_py(this OptimizerHelper optimizer, string path) => AtomicFile.Write(path, optimizer.save_py);

    /// <summary>Writes what <c>torch.save(optimizer.state_dict(), stream)</c> does.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="stream">A stream that can seek; it stays open.</param>
    /// <exception cref="NotSupportedException">It is another kind of optimizer.</exception>
    public static void save_py(this OptimizerHelper optimizer, Stream stream)
    {
        using var scope = NewDisposeScope();
        PyTorchFile.Write(stream, OptimizerStates.Of(optimizer));
    }

    /// <summary>
    /// Loads the state_dict of an optimizer of the same kind; parameters are matched by their order. Nothing is written into the
    /// optimizer unless all of it fits.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or holds something else.</exception>
    /// <exception cref="WeightsMismatchException">File and optimizer differ in the number of groups or of parameters.</exception>
    /// <exception cref="NotSupportedException">It is another kind of optimizer.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static void load_py(this OptimizerHelper optimizer, string path) => TensorFile.Read(path, stream =>
    {
        optimizer.load_py(stream);
        return path;
    });

    /// <summary>Loads the state_dict of an optimizer from a stream; otherwise as from a file.</summary>
    /// <inheritdoc cref="load_py(OptimizerHelper, string)"/>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="stream">A stream that can seek, at its start; it stays open.</param>
    public static void load_py(this OptimizerHelper optimizer, Stream stream)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        OptimizerStates.Load(optimizer, TensorFile.Read(stream));
    }
}
