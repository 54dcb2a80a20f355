using CsvHelper;

namespace LossSpikes.Lab.Data;

/// <summary>Comma-separated files in which every line must have as many values as the first; empty lines are skipped.</summary>
internal static class StrictCsv
{
    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',',
        HasHeader = false,
        TrimWhitespace = true,
        AllowLineBreaksInQuotes = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        TrackLineNumbers = true,
    };

    /// <summary>The lines of a file on disk, the header among them.</summary>
    /// <exception cref="InputException">The file cannot be read, is empty, or a line is malformed.</exception>
    public static List<CsvLine> Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return Read(stream, file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{file}: there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{file}: the file cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    /// <summary>The lines of a text, UTF-8, that is called <paramref name="source"/> in messages.</summary>
    /// <exception cref="InputException">The text is empty, or a line is malformed.</exception>
    public static List<CsvLine> Read(Stream stream, string source)
    {
        var lines = new List<CsvLine>();
        using var reader = CsvReader.Create(stream, Options);
        try
        {
            while (reader.Read())
            {
                var line = new CsvLine(source, reader.LineNumber, [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
                if (lines.Count > 0 && line.Fields.Count != lines[0].Fields.Count)
                {
                    throw line.Error($"there must be {lines[0].Fields.Count} values, as in line {lines[0].Number}, not {line.Fields.Count}");
                }

                lines.Add(line);
            }
        }
        catch (CsvFormatException e)
        {
            throw new InputException($"{source}, line {e.LineNumber}: the quotation marks do not match");
        }

        return lines.Count > 0 ? lines : throw new InputException($"{source}: the file is empty");
    }
}
