using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header, the header (name → dtype, shape, byte range), the
/// tensors' bytes, little-endian and row-major. Nothing in such a file can be executed, and nothing is allocated before the
/// header has been checked against the file's real length.
/// </summary>
public static class Safetensors
{
    private const int LongestHeader = 100_000_000; // the reference implementation's limit
    private const string MetadataKey = "__metadata__";

    /// <summary>The metadata that Python's libraries write into files of PyTorch tensors; some of them require it.</summary>
    public static IReadOnlyDictionary<string, string> PyTorchMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes tensors and text. The format has no shared storages: each tensor is written whole.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="tensors">The tensors, of any shape, layout and device.</param>
    /// <param name="metadata">Text under names; may be empty.</param>
    /// <exception cref="NotSupportedException">The format has no such dtype.</exception>
    public static void Write(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = new JsonObject();
        if (metadata.Count > 0)
        {
            header[MetadataKey] = new JsonObject(metadata.Select(m => KeyValuePair.Create<string, JsonNode?>(m.Key, m.Value)));
        }

        long at = 0;
        foreach (var (name, tensor) in tensors)
        {
            var type = TensorType.Of(tensor.dtype);
            var length = tensor.numel() * type.Size;
            header.Add(name, new JsonObject
            {
                ["dtype"] = type.Safetensors ?? throw new NotSupportedException($"{name} is {type.Name}, which the safetensors format does not have"),
                ["shape"] = new JsonArray([.. tensor.shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(at, at + length),
            });
            at += length;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        stream.Write(prefix);
        stream.Write(json);
        foreach (var tensor in tensors.Values)
        {
            TensorBytes.Write(stream, tensor);
        }
    }

    /// <summary>Reads a whole file. The tensors are new, contiguous and on the CPU.</summary>
    /// <param name="stream">A stream that can seek, at its start; it stays open.</param>
    /// <exception cref="InvalidDataException">The file is not what the format says; the message is one sentence.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(Stream stream)
    {
        try
        {
            Span<byte> prefix = stackalloc byte[8];
            stream.ReadExactly(prefix);
            var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            if (length is < 2 or > LongestHeader || length > stream.Length - 8)
            {
                throw new InvalidDataException($"the header claims {length} bytes");
            }

            var json = new byte[length];
            stream.ReadExactly(json);
            var header = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false })!.AsObject();
            var metadata = header[MetadataKey]?.AsObject().ToDictionary(m => m.Key, m => (string)m.Value!) ?? [];
            var entries = header.Where(e => e.Key != MetadataKey).Select(e => Entry.Of(e.Key, e.Value!)).OrderBy(e => e.From).ThenBy(e => e.To).ToList();
            long expected = 0;
            foreach (var entry in entries)
            {
                expected = entry.From == expected
                    ? entry.To
                    : throw new InvalidDataException($"the bytes of {Excerpt.Of(entry.Name)} overlap others or leave a gap");
            }

            if (expected != stream.Length - 8 - length)
            {
                throw new InvalidDataException($"{expected} bytes of tensors are announced and {stream.Length - 8 - length} are there");
            }

            return (entries.ToDictionary(e => e.Name, e => e.Read(stream)), metadata);
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException or InvalidOperationException or FormatException
            or OverflowException or ArgumentException or NullReferenceException)
        {
            throw new InvalidDataException("it is not a safetensors file, or a damaged one", e);
        }
    }

    private sealed record Entry(string Name, TensorType Type, long[] Shape, long From, long To)
    {
        public static Entry Of(string name, JsonNode node)
        {
            var dtype = node["dtype"]!.GetValue<string>();
            var type = TensorType.All.FirstOrDefault(t => t.Safetensors is not null && t.Safetensors == dtype)
                ?? throw new InvalidDataException($"{Excerpt.Of(name)} has the dtype {Excerpt.Of(dtype)}, which TorchSharp does not have");
            var shape = node["shape"]!.AsArray().Select(n => (long)n!).ToArray();
            var offsets = node["data_offsets"]!.AsArray();
            var (from, to) = ((long)offsets[0]!, (long)offsets[1]!);
            if (offsets.Count != 2 || from < 0 || shape.Any(n => n < 0) || to - from != Bytes(shape, type))
            {
                throw new InvalidDataException($"{Excerpt.Of(name)}: dtype {dtype}, shape [{Excerpt.OfList(shape)}] and bytes {from}–{to} do not fit together");
            }

            return new Entry(name, type, shape, from, to);
        }

        public Tensor Read(Stream stream)
        {
            var result = empty(Shape, Type.Scalar);
            TensorBytes.Read(stream, result);
            return result;
        }

        // Libtorch multiplies all sizes, also where one of them is zero: the others must not overflow.
        private static long Bytes(long[] shape, TensorType type)
        {
            var bytes = shape.Aggregate((long)type.Size, (product, n) => checked(product * Math.Max(n, 1)));
            return shape.Contains(0) ? 0 : bytes;
        }
    }
}
