using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using LossSpikes.Lab.Article.Sliders;

namespace LossSpikes.Lab.Playground.Figures;

/// <summary>
/// Tables on their way to the page: the length of a JSON head as a 32-bit number, the head, spaces up to a multiple of eight, and
/// every column as doubles, all little-endian. NaN and infinity, which JSON has not, are ordinary numbers here, and the page
/// reads millions of them without parsing.
/// </summary>
internal static class NumberBlock
{
    private const int LengthBytes = sizeof(uint);

    /// <summary>Packs tables.</summary>
    /// <param name="head">Further values for the page.</param>
    /// <param name="tables">The tables by name.</param>
    public static byte[] Pack(object head, IReadOnlyList<(string Name, ArticleTable Table)> tables)
    {
        var described = JsonSerializer.SerializeToUtf8Bytes(
            new { head, tables = tables.Select(t => new { t.Name, t.Table.Columns, rows = t.Table.Rows.Count }) }, JsonSerializerOptions.Web);
        var start = (LengthBytes + described.Length + sizeof(double) - 1) / sizeof(double) * sizeof(double);
        var block = new byte[start + sizeof(double) * tables.Sum(t => t.Table.Columns.Count * t.Table.Rows.Count)];
        block.AsSpan(0, start).Fill((byte)' ');
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)(start - LengthBytes));
        described.CopyTo(block, LengthBytes);
        var numbers = MemoryMarshal.Cast<byte, double>(block.AsSpan(start));
        foreach (var (_, table) in tables)
        {
            for (var column = 0; column < table.Columns.Count; column++)
            {
                for (var row = 0; row < table.Rows.Count; row++)
                {
                    numbers[row] = table.Rows[row][column];
                }

                numbers = numbers[table.Rows.Count..];
            }
        }

        return block;
    }
}
