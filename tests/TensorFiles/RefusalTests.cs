using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using TorchSharp;
using static LossSpikes.Tests.TensorFiles.PickleCode;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Malicious and malformed files: each is refused in one sentence, before memory is allocated for it.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_pickle_that_the_other_tests_vary_is_read()
    {
        var content = Read(ZipBytes.PyTorch(Holding(Tensor(Storage(), 0, [2], [1]))));

        Assert.Equal([1f, 2f], NamedTensors.StateDict(content, null)["w"].data<float>().ToArray());
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "device")]
    [InlineData("torch", "QInt8Storage")]
    [InlineData("torch", "float8_e4m3fn")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    [InlineData("collections", "defaultdict")]
    [InlineData("System.Diagnostics", "Process")]
    public void Names_that_tensors_do_not_need_make_opaque_values(string module, string name)
    {
        // Called, built as an object, given state, items and attributes: nothing happens, and the tensor beside it is read.
        byte[][] uses =
        [
            [.. Text("true"), 0x85, .. Call],
            [.. Text("true"), 0x85, 0x81],
            [.. Text("true"), 0x85, (byte)'}', 0x92],
            [(byte)')', .. Call, (byte)'}', (byte)'b'],
            [(byte)')', .. Call, .. Mark, .. Text("k"), .. Int(1), (byte)'u'],
            [(byte)')', .. Call, .. Mark, .. Int(1), (byte)'e'],
            [],
        ];
        foreach (var use in uses)
        {
            byte[] pickle = [.. Proto, (byte)'}', .. Text("a"), .. Global(module, name), .. use, (byte)'s', .. Text("w"),
                .. Tensor(Storage(), 0, [2], [1]), (byte)'s', .. Stop];
            var content = Read(ZipBytes.PyTorch(pickle));

            Assert.Equal([("a", new PickleOpaque($"{module}.{name}"))], NamedTensors.NotRead(content));
            Assert.Equal([1f, 2f], NamedTensors.StateDict(content)["w"].data<float>().ToArray());
        }
    }

    [Fact]
    public void Numbers_bytes_sets_and_keys_of_other_types_are_opaque()
    {
        var content = Read(ZipBytes.PyTorch(
        [
            0x80, 5, 0x95, 12, 0, 0, 0, 0, 0, 0, 0, (byte)'}', 0x94,
            .. Text("big"), 0x8A, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, (byte)'s',
            .. Text("bytes"), (byte)'C', 2, 0, 1, (byte)'s',
            .. Text("set"), 0x8F, .. Mark, .. Int(1), 0x90, (byte)'s',
            .. Text("frozen"), .. Mark, .. Int(1), 0x91, (byte)'s',
            .. Ints(1), .. Int(2), (byte)'s',
            .. Text("plain"), 0x8C, 2, (byte)'o', (byte)'k', (byte)'s', .. Stop,
        ]));

        Assert.Equal(
            [("big", "int of more than 64 bits"), ("bytes", "bytes"), ("set", "set"), ("frozen", "frozenset"), ("<other keys>", "values under other keys")],
            NamedTensors.NotRead(content).Select(o => (o.Name, o.Value.Type)));
        Assert.Equal("ok", ((PickleDict)content!)["plain"]);
    }

    [Fact]
    public void A_tensor_of_a_type_that_is_not_read_is_opaque() =>
        Assert.Equal("torch.QInt8Storage", Assert.IsType<PickleOpaque>(
            ((PickleDict)Read(ZipBytes.PyTorch(Holding(Tensor(Storage("QInt8Storage"), 0, [2], [1]))))!)["w"]).Type);

    [Fact]
    public void A_file_without_tensors_names_what_it_holds_instead()
    {
        var whole = Read(ZipBytes.PyTorch([.. Proto, .. Global("__main__", "Net"), (byte)')', 0x81, (byte)'}', (byte)'b', .. Stop]));
        Assert.Contains("it holds a __main__.Net", Assert.Throws<InvalidDataException>(() => NamedTensors.StateDict(whole)).Message, StringComparison.Ordinal);

        var within = Read(ZipBytes.PyTorch(Holding([.. Global("__main__", "Net"), (byte)')', 0x81])));
        var message = Assert.Throws<InvalidDataException>(() => NamedTensors.StateDict(within)).Message;
        Assert.Contains("\"w\" is a __main__.Net, which is not read", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("i", "INST")]
    [InlineData("o", "OBJ")]
    [InlineData("\u0082", "EXT1")]
    [InlineData("\u0083", "EXT2")]
    [InlineData("\u0084", "EXT4")]
    [InlineData("P", "PERSID")]
    [InlineData("S", "STRING")]
    [InlineData("\u00ff", "nothing")]
    public void Other_instructions_are_refused(string opcode, [SuppressMessage("Usage", "xUnit1026", Justification = "says what it is")] string name)
    {
        Assert.NotEmpty(name);
        byte[] value = [.. Mark, .. Global("collections", "OrderedDict"), .. Encoding.Latin1.GetBytes(opcode), 0, 0, 0, 0];
        Refused(Holding(value), $"the instruction 0x{(int)opcode[0]:X2}");
    }

    [Fact]
    public void State_of_anything_but_an_OrderedDict_is_refused()
    {
        Refused(Holding([(byte)'}', (byte)'}', (byte)'b']), "sets the state of something that has none");
        Refused(Holding([.. Tensor(Storage(), 0, [2], [1]), (byte)'}', (byte)'b']), "where an OrderedDict is expected");
    }

    [Fact]
    public void Stacks_that_run_empty_and_pickles_that_end_early_or_late_are_refused()
    {
        Refused([.. Proto, .. Stop], "ends with values left over");
        Refused([.. Proto, (byte)'t', .. Stop], "a mark that it did not set");
        Refused([.. Proto, (byte)'N', (byte)'(', (byte)'R', .. Stop], "an empty stack");
        Refused([.. Proto, (byte)'h', 7, .. Stop], "a value that it did not store");
        Refused([.. Proto, (byte)'X', 255, 255, 255, 127], "a text of 2147483647 bytes");
        Refused([.. Proto, (byte)'X', 9, 0, 0, 0, (byte)'a'], "ends too early");
        Refused([.. Proto, .. "cos"u8], "a name without an end");
        Refused([.. Proto, 0x8B, 255, 255, 255, 255], "ends too early");
        Refused([.. Proto, 0x8D, 255, 255, 255, 255, 255, 255, 255, 255], "a negative length");
        Refused([.. Proto, 0x8E, 0, 0, 0, 0, 0, 1, 0, 0], "ends too early");
        Refused([.. Proto, 0x95, 99, 0, 0, 0, 0, 0, 0, 0, .. Stop], "ends too early");
        Refused([.. Proto, .. Int(1), .. Int(2), 0x93], "where a name is expected");
        Refused([.. Proto, .. Int(1), (byte)')', 0x81], "where a class is expected");
        Refused([.. Holding(Int(1)), 0], "goes on after its end");
        Refused([.. Proto, (byte)'}', .. Mark, .. Text("k"), (byte)'u', .. Stop], "key without a value");
        Refused([0x80, 6, .. Stop], "pickle protocol 6, and 2 to 5 are read");
        Refused([0x80, 1, .. Stop], "pickle protocol 1");
        Refused([], "ends too early");
    }

    [Fact]
    public void Pickles_with_endless_values_or_levels_are_refused()
    {
        Refused([.. Proto, .. Enumerable.Repeat((byte)'}', 5_000_000)], "makes more than 4000000 values");
        var puts = Enumerable.Range(0, 4_000_001).SelectMany(i => (byte[])[(byte)'r', .. BitConverter.GetBytes(i)]);
        Refused([.. Proto, (byte)'N', .. puts], "stores more than 4000000 values");
        Refused([.. Proto, .. Enumerable.Repeat((byte)'(', 2000)], "nests more than 1000 levels deep");

        // A list that holds itself, and pairs that unfold to 2^60 values.
        Refused([.. Proto, (byte)']', (byte)'q', 0, (byte)'h', 0, (byte)'a', .. Stop], "its content is nested more than 64 levels deep");
        byte[] doubled = [(byte)'N', .. Enumerable.Range(0, 60).SelectMany(i => (byte[])[(byte)'q', (byte)i, (byte)'h', (byte)i, 0x86])];
        Refused([.. Proto, .. doubled, .. Stop], "unfolds to more than 1000000 values");
    }

    [Theory]
    [InlineData(0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(2, new long[] { 1 }, new long[] { 1 })]
    [InlineData(2, new long[] { }, new long[] { })]
    [InlineData(3, new long[] { 0 }, new long[] { 1 })]
    [InlineData(0, new long[] { 2 }, new long[] { 2 })]
    [InlineData(0, new long[] { 2 }, new long[] { })]
    [InlineData(0, new long[] { 2, long.MaxValue }, new long[] { 1, long.MaxValue })]
    [InlineData(long.MaxValue, new long[] { 2 }, new long[] { 1 })]
    [InlineData(0, new long[] { 0, long.MaxValue, long.MaxValue }, new long[] { 1, 1, 1 })]
    public void Tensors_that_exceed_their_storage_are_refused(long offset, long[] size, long[] stride) =>
        Refused(Holding(Tensor(Storage(), offset, size, stride)), "does not fit into its storage of 2 elements");

    [Theory]
    [InlineData(-1, new long[] { 1 }, new long[] { 1 }, "does not fit")]
    [InlineData(0, new long[] { -1 }, new long[] { 1 }, "not a whole number from 0 on")]
    [InlineData(1, new long[] { 2 }, new long[] { -1 }, "not a whole number from 0 on")]
    [InlineData(0, new long[] { 1_000_000_000_000 }, new long[] { 0 }, "claims 4000000000000 bytes, more than a file of")]
    public void Negative_sizes_and_excessive_repetition_are_refused(long offset, long[] size, long[] stride, string says) =>
        Refused(Holding(Tensor(Storage(), offset, size, stride)), says);

    [Theory]
    [InlineData("FloatStorage", "1", 2, "needs the storage \"1\", which is not there")]
    [InlineData("FloatStorage", "../0", 2, "which is not there")]
    [InlineData("FloatStorage", "", 2, "which is not there")]
    [InlineData("FloatStorage", "0", 3, "should hold 3 elements of 4 bytes, but has 8 bytes")]
    [InlineData("FloatStorage", "0", 1L << 40, "should hold 1099511627776 elements")]
    [InlineData("FloatStorage", "0", (1L << 62) + 2, "should hold 4611686018427387906 elements")]
    [InlineData("FloatStorage", "0", -2, "describes a storage in a way")]
    [InlineData("DoubleStorage", "0", 2, "should hold 2 elements of 8 bytes")]
    [InlineData("Size", "0", 2, "describes a storage in a way")]
    public void Storages_that_contradict_the_pickle_are_refused(string type, string key, long count, string says) =>
        Refused(Holding(Tensor(Storage(type, key, count), 0, [2], [1])), says);

    [Fact]
    public void Unexpected_arguments_and_persistent_ids_are_refused()
    {
        Refused(Holding([.. Global("torch._utils", "_rebuild_tensor_v2"), .. Ints(1, 2), .. Call]), "calls torch._utils._rebuild_tensor_v2 with arguments");
        Refused(Holding([.. Global("collections", "OrderedDict"), .. Ints(1), .. Call]), "calls collections.OrderedDict with arguments");
        Refused(Holding([.. Global("torch", "FloatStorage"), .. Ints(1), .. Call]), "calls torch.FloatStorage with arguments");
        Refused(Holding([.. Text("eval"), .. Ints(1), .. Call]), "where a name to call is expected");
        Refused(Holding([.. Ints(1, 2, 3, 4, 5), .. BinPersId]), "describes a storage in a way");
        Refused(Holding([.. Text("storage"), .. BinPersId]), "where the description of a storage is expected");
    }

    [Fact]
    public void Archives_that_torch_save_does_not_write_are_refused()
    {
        var (pickle, version) = (("a/data.pkl", Holding(Int(1))), ("a/version", "3\n"u8.ToArray()));
        Refuse(ZipBytes.Of(pickle), "it has no version");
        Refuse(ZipBytes.Of(pickle, ("a/version", "11"u8.ToArray())), "its version is \"11\", and 1 to 10 are read");
        Refuse(ZipBytes.Of(pickle, version, ("a/byteorder", "big"u8.ToArray())), "its byte order is \"big\"");
        Refuse(ZipBytes.Of(pickle, version, ("a/constants.pkl", [])), "TorchScript archive");
        Refuse(ZipBytes.Of(("data.pkl", []), ("version", [])), "not one that torch.save wrote");
        Refuse(ZipBytes.Of(version), "not one that torch.save wrote");
        Refuse(ZipBytes.Of(pickle, version, version), "two entries a/version");
        Refuse(ZipBytes.Of(pickle, version, ("a/../x", [])), "an entry \"a/../x\"");
        Refuse(ZipBytes.Of(pickle, version, ("/a/x", [])), "an entry \"/a/x\"");
        Refuse(ZipBytes.Of(pickle, version, ("a\\x", [])), "an entry \"a\\x\"");
        Refuse(ZipBytes.Of(), "a zip archive of 0 entries");
        Refuse(ZipBytes.Of(CompressionLevel.SmallestSize, pickle, version, ("a/data/0", new byte[100_000_000])), "claims 100000000 bytes, more than a file of");
    }

    [Fact]
    public void Compressed_archives_are_read_unless_they_expand_too_far() =>
        Read(ZipBytes.Of(CompressionLevel.SmallestSize, ("a/data.pkl", Holding(Int(1))), ("a/data/0", new byte[100_000]), ("a/version", "3"u8.ToArray())));

    [Fact]
    public void A_zip_that_claims_gigabytes_is_refused()
    {
        // The sizes in the central directory, where the entry data/0 has 8 and 8.
        var zip = ZipBytes.PyTorch(Holding(Tensor(Storage(), 0, [2], [1])));
        var entry = zip.AsSpan().LastIndexOf("a/data/0"u8) - 46;
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(entry + 24), uint.MaxValue - 1);
        Refuse(zip, "claims 4294967294 bytes, more than a file of");
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("hello world", "neither a PyTorch file nor a safetensors file")]
    [InlineData("\u0080\u0002}.", "a bare pickle")]
    [InlineData("\u0080\u0002\u008a\u000al\u00fc\u009cF\u00f9 j\u00a8P\u0019.", "before version 1.6")]
    [InlineData("PK", "a damaged zip archive")]
    [InlineData("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f{}", "the header claims 9223372036854775807 bytes")]
    [InlineData("\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000{}x", "0 bytes of tensors are announced and 1 are there")]
    public void Files_of_other_kinds_are_refused(string content, string says) => Refuse(Encoding.Latin1.GetBytes(content), says);

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", null)]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "damaged")]
    [InlineData("""{"w":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}""", "damaged")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""", "4000000000000 bytes of tensors are announced")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "do not fit together")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "do not fit together")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", "do not fit together")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "w has the dtype F8_E4M3, which TorchSharp does not have")]
    [InlineData("""{"w":{"dtype":null,"shape":[8],"data_offsets":[0,8]}}""", "damaged")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes of tensors are announced and 8 are there")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "leave a gap")]
    [InlineData("""{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "damaged")]
    [InlineData("""{"w":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}}""", "a truth value is neither 0 nor 1")]
    [InlineData("""{"w":{"shape":[2]}}""", "damaged")]
    [InlineData("""{"w":[[[[[[[[[[1]]]]]]]]]]}""", "damaged")]
    public void Safetensors_headers_are_checked(string header, string? says)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        byte[] file = [.. length, .. Encoding.UTF8.GetBytes(header), 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40];
        if (says is null)
        {
            Assert.Equal([1f, 2f], NamedTensors.StateDict(Read(file), null)["w"].data<float>().ToArray());
        }
        else
        {
            Refuse(file, says);
        }
    }

    private static object? Read(byte[] file) => TensorFile.Read(new MemoryStream(file));

    private static void Refused(byte[] pickle, string says) => Refuse(ZipBytes.PyTorch(pickle), says);

    private static void Refuse(byte[] file, string says)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Assert.Throws<InvalidDataException>(() => Read(file)).Message;

        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000_000);
    }
}
