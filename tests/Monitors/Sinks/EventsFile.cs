using System.Buffers.Binary;
using System.Text;

namespace LossSpikes.Tests.Monitors.Sinks;

/// <summary>
/// The content of an events file of TensorBoard, read by the definitions of the formats alone: records with masked CRC-32C around
/// protocol buffers (Event: 1 wall_time, 2 step, 3 file_version, 5 summary; Summary: 1 value; Value: 1 tag, 2 simple_value,
/// 8 tensor, 9 metadata; TensorProto: 1 dtype, 2 shape, 8 string_val; SummaryMetadata: 1 plugin_data, of which 1 is the name).
/// </summary>
internal static class EventsFile
{
    /// <summary>One record.</summary>
    internal sealed record Entry(
        double WallTime, long Step, string? Version, IReadOnlyDictionary<string, float> Scalars, IReadOnlyDictionary<string, string> Texts);

    public static IReadOnlyList<Entry> Read(string path)
    {
        var entries = new List<Entry>();
        for (var rest = File.ReadAllBytes(path).AsSpan(); rest.Length > 0;)
        {
            var length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(rest));
            AssertChecksum(rest[..8], rest[8..12]);
            AssertChecksum(rest[12..(12 + length)], rest[(12 + length)..(16 + length)]);
            entries.Add(Event(rest[12..(12 + length)].ToArray()));
            rest = rest[(16 + length)..];
        }

        return entries;
    }

    /// <summary>CRC-32C bit by bit: the Castagnoli polynomial, reflected.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = 0xffffffffu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
            }
        }

        return crc ^ 0xffffffff;
    }

    private static void AssertChecksum(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        var crc = Crc32C(data);
        Assert.Equal(((crc >> 15) | (crc << 17)) + 0xa282ead8, BinaryPrimitives.ReadUInt32LittleEndian(stored));
    }

    private static Entry Event(byte[] message)
    {
        var fields = Fields(message).ToDictionary(f => f.Number, f => f.Value);
        var scalars = new Dictionary<string, float>();
        var texts = new Dictionary<string, string>();
        foreach (var (number, value) in fields.TryGetValue(5, out var summary) ? Fields(summary) : [])
        {
            Assert.Equal(1, number);
            var parts = Fields(value).ToDictionary(f => f.Number, f => f.Value);
            var tag = Encoding.UTF8.GetString(parts[1]);
            if (parts.TryGetValue(2, out var scalar))
            {
                scalars.Add(tag, BinaryPrimitives.ReadSingleLittleEndian(scalar));
            }
            else
            {
                const ulong DtString = 7;
                var tensor = Fields(parts[8]).ToDictionary(f => f.Number, f => f.Value);
                Assert.Equal(DtString, BinaryPrimitives.ReadUInt64LittleEndian(tensor[1]));
                Assert.Equal("text", Encoding.UTF8.GetString(Only(Only(parts[9]))));
                texts.Add(tag, Encoding.UTF8.GetString(tensor[8]));
            }
        }

        return new Entry(
            BinaryPrimitives.ReadDoubleLittleEndian(fields[1]),
            fields.TryGetValue(2, out var step) ? BinaryPrimitives.ReadInt64LittleEndian(step) : 0,
            fields.TryGetValue(3, out var version) ? Encoding.UTF8.GetString(version) : null,
            scalars,
            texts);

        static byte[] Only(byte[] message) => Assert.Single(Fields(message), f => f.Number == 1).Value;
    }

    /// <summary>The fields of one message; a varint's value as eight bytes.</summary>
    private static IEnumerable<(int Number, byte[] Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint();
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return (number, BitConverter.GetBytes(Varint()));
                    break;
                case 1:
                    yield return (number, Take(8));
                    break;
                case 2:
                    yield return (number, Take((int)Varint()));
                    break;
                case 5:
                    yield return (number, Take(4));
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }

            ulong Varint()
            {
                var value = 0UL;
                for (var shift = 0; ; shift += 7)
                {
                    var part = message[at++];
                    value |= (ulong)(part & 0x7f) << shift;
                    if (part < 0x80)
                    {
                        return value;
                    }
                }
            }

            byte[] Take(int length)
            {
                at += length;
                return message[(at - length)..at];
            }
        }
    }
}
