using System.IO.Compression;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>The files of <c>torch.save</c> since PyTorch 1.6: a zip archive with a pickle.</summary>
public static class PyTorchFile
{
    /// <summary>Reads a whole file. The tensors are on the CPU, with the strides of the file; tensors that shared a storage share it again.</summary>
    /// <param name="stream">A stream that can seek, at its start; it stays open.</param>
    /// <returns>
    /// Null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="Tensor"/>,
    /// <see cref="PickleGlobal"/>, a list as <see cref="List{T}"/> of object, a tuple as an array of object, or a dictionary as
    /// <see cref="PickleDict"/>. Numbers of numpy are numbers; what is of any other type is a <see cref="PickleOpaque"/>, of which only the
    /// type's name is known.
    /// </returns>
    /// <exception cref="InvalidDataException">The file is damaged; the message is one sentence about "it".</exception>
    public static object? Read(Stream stream)
    {
        using var zip = new CheckedZip(stream, new ByteBudget(stream.Length));
        return ReadArchive(zip, stream.Length);
    }

    /// <summary>The same of an archive that is open.</summary>
    internal static object? ReadArchive(CheckedZip zip, long fileLength)
    {
        var archive = new PyTorchArchive(zip);
        return new PickleReader(archive.Pickle(), new TensorRebuilder(archive.Storage, new ByteBudget(fileLength))).Read();
    }

    /// <summary>Writes a value of the kinds that <see cref="Read"/> gives, such as a dictionary of tensors.</summary>
    /// <remarks>
    /// <c>torch.load(…, weights_only=True)</c> reads it. Tensors that share a storage share it in the file. The same value gives the
    /// same bytes.
    /// </remarks>
    /// <param name="stream">A stream that can seek; it stays open.</param>
    /// <param name="value">The value; its tensors may be of any layout and device.</param>
    /// <exception cref="NotSupportedException">A value is of another kind, or a tensor of a dtype that PyTorch's files lack.</exception>
    public static void Write(Stream stream, object? value)
    {
        const string Prefix = "archive/";
        using var scope = NewDisposeScope();
        var storages = new StorageSet();
        var pickle = new PickleWriter(storages).Write(value);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add("data.pkl", to => to.Write(pickle));
        Add("byteorder", to => to.Write("little"u8));
        foreach (var (index, storage) in storages.All.Index())
        {
            Add($"data/{index}", to => TensorBytes.Write(to, storage));
        }

        Add("version", to => to.Write("3\n"u8));

        void Add(string name, Action<Stream> write)
        {
            var entry = zip.CreateEntry(Prefix + name, CompressionLevel.NoCompression);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var to = entry.Open();
            write(to);
        }
    }
}
