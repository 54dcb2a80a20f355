using CsCheck;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Files are read back exactly as they were written.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<ScalarType> Types = Gen.OneOf(
        ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32,
        ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool);

    // Random bits, which include NaNs with payloads, infinities, denormals and negative zeros.
    private static readonly Gen<(ScalarType Type, byte[] Bytes, int Layout, bool Gradient)> Specimens =
        Gen.Select(Types, Gen.Byte.Array[24 * 8], Gen.Int[0, 8], Gen.Bool);

    private static readonly Gen<object?> Plain = Gen.OneOf(
        Gen.Const((object?)null), Gen.Bool.Select(v => (object?)v), Gen.Long.Select(v => (object?)v), Gen.Int.Select(v => (object?)(long)v),
        Gen.Double.Select(v => (object?)v), Gen.String[Gen.Char.Where(c => !char.IsSurrogate(c)), 0, 10].Select(v => (object?)v));

    [Fact]
    public void PyTorch_files_keep_dtype_shape_strides_bits_and_sharing() => Specimens.Array[1, 4].Sample(
        specimens =>
        {
            using var scope = NewDisposeScope();
            var content = new PickleDict();
            foreach (var (index, (type, bytes, layout, gradient)) in specimens.Index())
            {
                var storage = Storage(type, bytes);
                content[$"whole {index}"] = storage;
                content[$"view {index}"] = View(storage, layout).requires_grad_(gradient && TensorType.Of(type).IsFloating);
            }

            var read = (PickleDict)Again(content)!;

            foreach (var ((key, before), (readKey, after)) in content.Items.Zip(read.Items))
            {
                Assert.Equal(key, readKey);
                AssertSame((Tensor)before!, (Tensor)after!);
            }

            foreach (var index in Enumerable.Range(0, specimens.Length))
            {
                using var constant = no_grad();
                var (whole, view) = ((Tensor)read[$"whole {index}"]!, (Tensor)read[$"view {index}"]!);
                whole.zero_();
                Assert.True(view.numel() == 0 || !view.to(ScalarType.Float64).any().item<bool>());
            }
        },
        iter: 1000, threads: 1);

    [Fact]
    public void Safetensors_files_keep_dtype_shape_and_bits() => Specimens.Array[0, 4].Sample(
        specimens =>
        {
            using var scope = NewDisposeScope();
            var tensors = specimens.Index().ToDictionary(s => $"\"{s.Index}\"\u2028é", s => View(Storage(s.Item.Type, s.Item.Bytes), s.Item.Layout));
            using var stream = new MemoryStream();
            Safetensors.Write(stream, tensors, new Dictionary<string, string> { ["a"] = "\"b\"" });
            stream.Position = 0;
            var (read, metadata) = Safetensors.Read(stream);

            Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), read.Keys.Order(StringComparer.Ordinal));
            Assert.Equal("\"b\"", metadata["a"]);
            foreach (var (name, tensor) in tensors)
            {
                AssertSame(tensor.contiguous(), read[name]);
            }
        },
        iter: 1000, threads: 1);

    [Fact]
    public void Plain_values_lists_tuples_and_dictionaries_come_back_equal() => Plain.Array[0, 5].Sample(
        values =>
        {
            var content = new PickleDict
            {
                ["list"] = values.ToList(),
                ["tuple"] = values,
                [7L] = new PickleDict { IsOrderedDict = true, ["nested"] = new object?[] { values.ToList(), Array.Empty<object?>() } },
            };

            var read = (PickleDict)Again(content)!;

            Assert.Equal(content.Items.Select(i => i.Key), read.Items.Select(i => i.Key));
            Assert.Equal(values, Assert.IsType<List<object?>>(read["list"]));
            Assert.Equal(values, Assert.IsType<object?[]>(read["tuple"]));
            var inner = Assert.IsType<PickleDict>(read[7L]);
            Assert.True(inner.IsOrderedDict);
            Assert.Equal(values, Assert.IsType<object?[]>(inner["nested"])[0]);
        },
        iter: 1000, threads: 1);

    [Fact]
    public void A_storage_larger_than_one_buffer_is_read_back_completely()
    {
        using var scope = NewDisposeScope();
        var large = arange(3_000_001, dtype: ScalarType.Float64);

        var read = (Tensor)((PickleDict)Again(new PickleDict { ["w"] = large })!)["w"]!;

        Assert.True(read.eq(large).all().item<bool>());
    }

    [Fact]
    public void The_same_tensors_give_the_same_bytes()
    {
        using var scope = NewDisposeScope();
        var tensors = new PickleDict { ["w"] = ones(3) };

        Assert.Equal(Bytes(tensors), Bytes(tensors));
    }

    [Fact]
    public void The_pickle_equals_that_of_PyTorch_except_for_memos()
    {
        using var scope = NewDisposeScope();
        var entries = ZipBytes.Entries(Bytes(new PickleDict { IsOrderedDict = true, ["w"] = arange(1, 5, dtype: ScalarType.Float32).reshape(2, 2).t() }));

        // The instructions that pickletools shows for a file of torch.save; all numbers as BININT.
        byte[] expected =
        [
            0x80, 2, .. PickleCode.OrderedDict, (byte)'(', .. PickleCode.Text("w"),
            .. PickleCode.Global("torch._utils", "_rebuild_tensor_v2"), (byte)'(',
            (byte)'(', .. PickleCode.Text("storage"), .. PickleCode.Global("torch", "FloatStorage"), .. PickleCode.Text("0"),
            .. PickleCode.Text("cpu"), (byte)'J', 4, 0, 0, 0, (byte)'t', (byte)'Q',
            (byte)'J', 0, 0, 0, 0,
            (byte)'(', (byte)'J', 2, 0, 0, 0, (byte)'J', 2, 0, 0, 0, (byte)'t',
            (byte)'(', (byte)'J', 1, 0, 0, 0, (byte)'J', 2, 0, 0, 0, (byte)'t',
            0x89, .. PickleCode.OrderedDict, (byte)'t', (byte)'R', (byte)'u', (byte)'.',
        ];
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/version"], entries.Select(e => e.Name));
        Assert.Equal(expected, entries[0].Content);
        Assert.Equal("little"u8.ToArray(), entries[1].Content);
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40], entries[2].Content);
        Assert.Equal("3\n"u8.ToArray(), entries[3].Content);
    }

    private static Tensor Storage(ScalarType type, byte[] bytes)
    {
        var storage = empty(24, type);
        var raw = bytes[..(24 * TensorType.Of(type).Size)];
        storage.bytes = type == ScalarType.Bool ? [.. raw.Select(b => (byte)(b & 1))] : raw;
        return storage;
    }

    private static Tensor View(Tensor storage, int layout) => layout switch
    {
        0 => storage.view(4, 6),
        1 => storage.view(4, 6).t(),
        2 => storage.view(2, 3, 4).permute(2, 0, 1),
        3 => storage.narrow(0, 5, 7),
        4 => storage.as_strided([3, 2], [7, 2], 1),
        5 => storage.view(24, 1).expand(24, 3),
        6 => storage[3],
        7 => storage.narrow(0, 4, 0).view(0, 3),
        _ => storage.alias(),
    };

    private static void AssertSame(Tensor before, Tensor after)
    {
        Assert.Equal(before.dtype, after.dtype);
        Assert.Equal(before.shape, after.shape);
        Assert.Equal(before.numel() == 0 ? after.stride() : before.stride(), after.stride());
        Assert.Equal(before.requires_grad, after.requires_grad);
        Assert.Equal(before.detach().contiguous().bytes.ToArray(), after.detach().contiguous().bytes.ToArray());
    }

    private static byte[] Bytes(object? content)
    {
        using var stream = new MemoryStream();
        PyTorchFile.Write(stream, content);
        return stream.ToArray();
    }

    private static object? Again(object? content) => TensorFile.Read(new MemoryStream(Bytes(content)));
}
