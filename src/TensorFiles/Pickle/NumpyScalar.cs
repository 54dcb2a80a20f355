using System.Buffers.Binary;

namespace LossSpikes.TensorFiles.Pickle;

/// <summary>
/// Numbers of numpy, which trainers save as learning rates and counters: <c>multiarray.scalar(dtype("f8"), b"…")</c>. They are decoded from their
/// few bytes; whatever else numpy saves stays opaque.
/// </summary>
internal static class NumpyScalar
{
    /// <summary>The longest number that is decoded, in bytes.</summary>
    public const int Longest = 8;

    /// <summary>What the call of an opaque name gives where numbers of numpy need it: bytes, a dtype or the number; null for any other call.</summary>
    public static object? Called(PickleOpaque callable, object?[] arguments) => (callable.Type, arguments) switch
    {
        ("_codecs.encode", [string { Length: <= Longest } text, "latin1"]) when text.All(c => c <= 0xFF) =>
            new ShortBytes([.. text.Select(c => (byte)c)]),
        ("numpy.dtype", [string code, ..]) => new NumpyDtype(code),
        ("numpy.core.multiarray.scalar" or "numpy._core.multiarray.scalar", [NumpyDtype dtype, ShortBytes bytes]) =>
            dtype.IsBigEndian ? null : Decode(dtype.Code, bytes.Digits),
        _ => null,
    };

    private static object? Decode(string code, byte[] bytes) => (code, bytes.Length) switch
    {
        ("f8", 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ("f4", 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ("f2", 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        ("i8", 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        ("i4", 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        ("b1", 1) when bytes[0] <= 1 => bytes[0] == 1,
        _ => null,
    };
}

/// <summary>The few bytes of a number; <c>bytes</c> to everyone else.</summary>
internal sealed record ShortBytes(byte[] Digits) : PickleOpaque("bytes");

/// <summary>A dtype of numpy; an opaque value to everyone else.</summary>
/// <param name="Code">Kind and size, such as <c>f8</c>.</param>
internal sealed record NumpyDtype(string Code) : PickleOpaque("numpy.dtype")
{
    /// <summary>Whether its numbers are big-endian. Python sets the state of an object after it has stored the object for later use.</summary>
    public bool IsBigEndian { get; private set; }

    /// <summary>Takes the state that Python saves: <c>(version, byte order, …)</c>.</summary>
    public void Build(object? state) => IsBigEndian = state is object?[] and [_, ">", ..];
}
