using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Storage;

/// <summary>Moves the elements of tensors to and from streams in pieces, since a span of .NET ends at 2 GB and a tensor does not.</summary>
internal static class TensorBytes
{
    private const int PieceBytes = 1 << 24;

    /// <summary>Writes the elements of <paramref name="tensor"/>, of any shape, layout and device, in row-major order.</summary>
    public static void Write(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        foreach (var piece in Pieces(tensor.detach().cpu().contiguous().view(-1)))
        {
            stream.Write(piece.bytes);
        }
    }

    /// <summary>Fills a contiguous tensor on the CPU.</summary>
    /// <param name="stream">The source of the bytes.</param>
    /// <param name="tensor">The tensor to fill.</param>
    /// <param name="seen">Receives every piece of bytes that was read, for a checksum.</param>
    /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
    /// <exception cref="InvalidDataException">A truth value is neither 0 nor 1.</exception>
    public static void Read(Stream stream, Tensor tensor, Action<byte[]>? seen = null)
    {
        using var scope = NewDisposeScope();
        foreach (var piece in Pieces(tensor.view(-1)))
        {
            var buffer = new byte[piece.numel() * piece.element_size()];
            stream.ReadExactly(buffer);
            if (tensor.dtype == ScalarType.Bool && buffer.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw new InvalidDataException("a truth value is neither 0 nor 1");
            }

            seen?.Invoke(buffer);
            piece.bytes = buffer;
        }
    }

    private static IEnumerable<Tensor> Pieces(Tensor flat)
    {
        var (count, most) = (flat.numel(), PieceBytes / flat.element_size());
        for (long at = 0; at < count; at += most)
        {
            using var piece = flat.narrow(0, at, Math.Min(most, count - at));
            yield return piece;
        }
    }
}
