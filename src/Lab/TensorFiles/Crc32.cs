namespace LossSpikes.Lab.TensorFiles;

/// <summary>The checksum of zip entries (polynomial 0xEDB88320).</summary>
internal sealed class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i => Enumerable.Range(0, 8).Aggregate((uint)i, (c, _) => (c & 1) == 0 ? c >> 1 : (c >> 1) ^ 0xEDB88320))];

    private uint _state = uint.MaxValue;

    /// <summary>The checksum of all that was appended.</summary>
    public uint Value => ~_state;

    /// <summary>Continues with more bytes.</summary>
    public void Append(byte[] bytes)
    {
        var state = _state;
        foreach (var next in bytes)
        {
            state = Table[(byte)(state ^ next)] ^ (state >> 8);
        }

        _state = state;
    }
}
