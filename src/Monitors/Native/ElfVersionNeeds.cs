using System.Buffers.Binary;
using System.Text;

namespace LossSpikes.Monitors.Native;

/// <summary>
/// The symbol versions that a 64-bit little-endian ELF library demands of its dependencies (System V ABI, section
/// <c>.gnu.version_r</c>). A demand marked weak is not enforced by the dynamic loader.
/// </summary>
internal static class ElfVersionNeeds
{
    private const int LoadSegment = 1, DynamicSegment = 2;
    private const long StringTable = 5, VersionNeed = 0x6ffffffe, VersionNeedCount = 0x6fffffff;
    private const ushort WeakFlag = 2;

    /// <summary>Returns a copy of <paramref name="library"/> in which the demand for <paramref name="version"/> is weak.</summary>
    /// <exception cref="InvalidDataException">The file is no 64-bit little-endian ELF library or makes no such demand.</exception>
    public static byte[] Weaken(ReadOnlySpan<byte> library, string version)
    {
        var patched = library.ToArray();
        try
        {
            foreach (var (name, flagsAt) in Read(patched))
            {
                if (name == version)
                {
                    var flags = BinaryPrimitives.ReadUInt16LittleEndian(patched.AsSpan(flagsAt));
                    BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(flagsAt), (ushort)(flags | WeakFlag));
                    return patched;
                }
            }
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("the ELF headers point outside the file", e);
        }

        throw new InvalidDataException($"the library does not ask for {version}");
    }

    private static List<(string Name, int FlagsAt)> Read(ReadOnlySpan<byte> elf)
    {
        if (elf.Length < 64 || !elf.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF library");
        }

        var segments = Segments(elf);
        var dynamic = Dynamic(elf, segments);
        if (!dynamic.TryGetValue(VersionNeed, out var needs) || !dynamic.TryGetValue(StringTable, out var strings))
        {
            return [];
        }

        var found = new List<(string, int)>();
        var need = FileOffset(segments, needs);
        var stringsAt = FileOffset(segments, strings);
        for (long i = 0, count = dynamic.GetValueOrDefault(VersionNeedCount); i < count; i++)
        {
            var entries = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]);
            var entry = checked(need + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 8)..]));
            for (var j = 0; j < entries; j++)
            {
                var nameAt = checked(stringsAt + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(entry + 8)..]));
                var rest = elf[nameAt..];
                found.Add((Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]), entry + 4));
                entry = checked(entry + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(entry + 12)..]));
            }

            need = checked(need + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 12)..]));
        }

        return found;
    }

    private readonly record struct Segment(int Type, long Offset, long Address, long Size);

    private static List<Segment> Segments(ReadOnlySpan<byte> elf)
    {
        var table = checked((int)BinaryPrimitives.ReadInt64LittleEndian(elf[32..]));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(elf[54..]);
        var segments = new List<Segment>();
        for (var i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(elf[56..]); i++)
        {
            var header = elf[checked(table + i * size)..];
            segments.Add(new Segment(
                BinaryPrimitives.ReadInt32LittleEndian(header),
                BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(header[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(header[32..])));
        }

        return segments;
    }

    private static Dictionary<long, long> Dynamic(ReadOnlySpan<byte> elf, List<Segment> segments)
    {
        var entries = new Dictionary<long, long>();
        foreach (var segment in segments.Where(s => s.Type == DynamicSegment))
        {
            for (long at = segment.Offset; at + 16 <= segment.Offset + segment.Size; at += 16)
            {
                var entry = elf[checked((int)at)..];
                entries.TryAdd(BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[8..]));
            }
        }

        return entries;
    }

    private static int FileOffset(List<Segment> segments, long address)
    {
        foreach (var s in segments)
        {
            if (s.Type == LoadSegment && address >= s.Address && address < s.Address + s.Size)
            {
                return checked((int)(address - s.Address + s.Offset));
            }
        }

        throw new InvalidDataException("an ELF table lies outside every loaded segment");
    }
}
