using System.Globalization;
using System.Security.Cryptography;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Messages;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checkpoints;

/// <summary>A checkpoint as a safetensors file: the numbers of the run in its metadata, and a digest by which damage shows.</summary>
internal static class CheckpointFile
{
    private const string Format = "lossspikes.checkpoint", Version = "2", PointKey = "point", WarningKey = "last_warning";
    private const string LengthPrefix = "length.", BuffersPrefix = "buffers.", OptimizerPrefix = "optimizer.", MonitorPrefix = "monitor.";

    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string path, Checkpoint checkpoint)
    {
        var tensors = new Dictionary<string, Tensor> { [PointKey] = checkpoint.Point };
        Add(BuffersPrefix, checkpoint.Buffers);
        Add(OptimizerPrefix, checkpoint.Optimizer);
        Add(MonitorPrefix, checkpoint.Monitor);
        var metadata = new Dictionary<string, string>
        {
            [Format] = Version,
            ["step"] = Text(checkpoint.Step),
            ["unconverged_steps"] = Text(checkpoint.UnconvergedSteps),
            ["sha256"] = Digest(tensors),
        };
        foreach (var (file, length) in checkpoint.Lengths)
        {
            metadata[LengthPrefix + file] = Text(length);
        }

        if (checkpoint.LastWarning is not null)
        {
            metadata[WarningKey] = checkpoint.LastWarning;
        }

        AtomicFile.Write(path, stream => Safetensors.Write(stream, tensors, metadata));

        void Add(string prefix, IReadOnlyDictionary<string, Tensor> state)
        {
            foreach (var (name, tensor) in state)
            {
                tensors[prefix + name] = tensor;
            }
        }
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="InvalidDataException">It is none, or damaged.</exception>
    public static Checkpoint Read(string path)
    {
        using var stream = File.OpenRead(path);
        var (tensors, metadata) = Safetensors.Read(stream);
        if (metadata.GetValueOrDefault(Format) != Version || !tensors.TryGetValue(PointKey, out var point))
        {
            throw new InvalidDataException("it is not a checkpoint of this version of the lab");
        }

        if (metadata.GetValueOrDefault("sha256") != Digest(tensors))
        {
            throw new InvalidDataException("its content does not match its digest");
        }

        return new Checkpoint
        {
            Step = Number("step"),
            Lengths = metadata.Keys.Where(k => k.StartsWith(LengthPrefix, StringComparison.Ordinal)).ToDictionary(k => k[LengthPrefix.Length..], Number),
            UnconvergedSteps = Number("unconverged_steps"),
            LastWarning = metadata.GetValueOrDefault(WarningKey),
            Point = point,
            Buffers = Part(BuffersPrefix),
            Optimizer = Part(OptimizerPrefix),
            Monitor = Part(MonitorPrefix),
        };

        long Number(string key) => long.TryParse(metadata.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException($"its {Excerpt.Of(key)} is missing");

        Dictionary<string, Tensor> Part(string prefix) =>
            tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Digest(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, tensor) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(tensor.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
