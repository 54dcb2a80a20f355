namespace LossSpikes.TensorFiles.Storage;

/// <summary>
/// The number of bytes that a file may make its reader hold or read. Content that is stored uncompressed and without repetition
/// fits many times over; a small file that unfolds without end, by compression or by strides of zero, does not.
/// </summary>
/// <param name="fileLength">The real length of the file.</param>
internal sealed class ByteBudget(long fileLength)
{
    private const long Times = 16, Least = 1 << 20;

    private long _left = fileLength <= long.MaxValue / Times - Least ? fileLength * Times + Least : long.MaxValue;

    /// <summary>Subtracts bytes from the budget, before they are read or allocated.</summary>
    /// <exception cref="InvalidDataException">So many bytes are not left, or their number is negative.</exception>
    public void Spend(long bytes, string what) => _left = bytes >= 0 && bytes <= _left
        ? _left - bytes
        : throw new InvalidDataException($"{what} claims {bytes} bytes, more than a file of {fileLength} bytes can stand for");
}
