namespace LossSpikes.Lab.Data;

/// <summary>Writes lines of CSV files (RFC 4180, with line feeds).</summary>
internal static class CsvText
{
    /// <summary>One line with its line feed. Cells with a comma, a quote or a line feed are quoted.</summary>
    public static string Line(IEnumerable<string> cells) => string.Join(',', cells.Select(Quoted)) + "\n";

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
