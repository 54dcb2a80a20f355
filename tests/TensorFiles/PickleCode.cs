using System.Buffers.Binary;
using System.Text;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Pickles written instruction by instruction, with the names of Python's pickletools.</summary>
internal static class PickleCode
{
    public static readonly byte[]
        Proto = [0x80, 2], Stop = [(byte)'.'], Mark = [(byte)'('], Tuple = [(byte)'t'], Call = [(byte)'R'], NewFalse = [0x89], BinPersId = [(byte)'Q'];

    public static readonly byte[] OrderedDict = [.. Global("collections", "OrderedDict"), .. ")R"u8];

    public static byte[] Global(string module, string name) => Encoding.UTF8.GetBytes($"c{module}\n{name}\n");

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return [(byte)'X', .. length, .. bytes];
    }

    public static byte[] Int(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return value switch
        {
            >= 0 and < 256 => [(byte)'K', (byte)value],
            >= int.MinValue and <= int.MaxValue => [(byte)'J', .. bytes[..4]],
            _ => [0x8A, 8, .. bytes],
        };
    }

    public static byte[] Ints(params long[] values) => [.. Mark, .. values.SelectMany(Int), .. Tuple];

    public static byte[] Storage(string type = "FloatStorage", string key = "0", long count = 2) =>
        [.. Mark, .. Text("storage"), .. Global("torch", type), .. Text(key), .. Text("cpu"), .. Int(count), .. Tuple, .. BinPersId];

    public static byte[] Tensor(byte[] storage, long offset, long[] size, long[] stride) =>
    [
        .. Global("torch._utils", "_rebuild_tensor_v2"), .. Mark, .. storage, .. Int(offset), .. Ints(size), .. Ints(stride),
        .. NewFalse, .. OrderedDict, .. Tuple, .. Call,
    ];

    /// <summary>A whole pickle: {"w": value}.</summary>
    public static byte[] Holding(params byte[] value) => [.. Proto, (byte)'}', .. Text("w"), .. value, (byte)'s', .. Stop];
}
