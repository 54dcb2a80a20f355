namespace LossSpikes.TensorFiles;

/// <summary>Recognizes formats by the first bytes of a file, not by its name.</summary>
internal static class TensorFileFormat
{
    private const int TarMagicAt = 257, HeaderAt = 8;

    /// <summary>Whether a stream, which must be at its start and stays there, is a zip archive and not a safetensors file.</summary>
    /// <exception cref="InvalidDataException">It is neither; the message is one sentence about "it".</exception>
    public static bool IsZip(Stream stream)
    {
        if (!stream.CanSeek)
        {
            throw new InvalidDataException("it is a pipe or a device, and a file is needed");
        }

        Span<byte> start = stackalloc byte[TarMagicAt + 5];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        return start switch
        {
            [] => throw new InvalidDataException("it is empty"),
            [(byte)'P', (byte)'K', ..] => true,
            _ when IsOld(start) => throw new InvalidDataException(
                "it has PyTorch's format of before version 1.6; load it in Python and save it again with torch.save"),
            [0x80, ..] => throw new InvalidDataException("it is a bare pickle; save a state_dict with torch.save"),
            _ when start.Length > HeaderAt && start[HeaderAt] == '{' => false,
            _ => throw new InvalidDataException("it is neither a PyTorch file nor a safetensors file"),
        };
    }

    /// <summary>The pickled number 0x1950a86a20f9469cfc6c, or a tar archive.</summary>
    private static bool IsOld(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])
        || (start.Length == TarMagicAt + 5 && start[TarMagicAt..].SequenceEqual("ustar"u8));
}
