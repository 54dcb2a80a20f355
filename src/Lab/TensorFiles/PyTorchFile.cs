using System.IO.Compression;
using LossSpikes.Lab.TensorFiles.Pickle;

namespace LossSpikes.Lab.TensorFiles;

/// <summary>The files of <c>torch.save</c> since PyTorch 1.6: a zip archive with a pickle.</summary>
internal static class PyTorchFile
{
    /// <summary>Reads a whole file; values are as <see cref="PickleReader.Read"/> gives them, tensors on the CPU and in their own layout.</summary>
    /// <exception cref="InvalidDataException">The file is not what it should be; the message is one sentence about "it".</exception>
    public static object? Read(Stream stream)
    {
        var allowance = new ByteBudget(stream.Length);
        using var archive = new PyTorchArchive(stream, allowance);
        return new PickleReader(archive.Pickle(), new TensorRebuilder(archive.Storage, new ByteBudget(stream.Length))).Read();
    }

    /// <summary>Writes a value of the kinds that <see cref="PickleReader.Read"/> gives, such as a dictionary of tensors.</summary>
    /// <remarks><c>torch.load(…, weights_only=True)</c> takes it. Tensors that share a storage share it in the file. The same value gives the same bytes.</remarks>
    public static void Write(Stream stream, object? value)
    {
        const string Prefix = "archive/";
        using var scope = TorchSharp.torch.NewDisposeScope();
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
