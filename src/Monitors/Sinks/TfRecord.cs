using System.Buffers.Binary;
using System.Numerics;

namespace LossSpikes.Monitors;

/// <summary>TensorFlow's record: the length (u64), its checksum, the content, its checksum; little-endian, checksums CRC-32C, masked.</summary>
internal static class TfRecord
{
    /// <summary>The record that holds <paramref name="content"/>.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> content)
    {
        var record = new byte[sizeof(ulong) + sizeof(uint) + content.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), Checksum(record.AsSpan(0, sizeof(ulong))));
        content.CopyTo(record.AsSpan(sizeof(ulong) + sizeof(uint)));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)), Checksum(content));
        return record;
    }

    // Masked, since a checksum of data that contains checksums is a weak one (TFRecord's definition).
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
