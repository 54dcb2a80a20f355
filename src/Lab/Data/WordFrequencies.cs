using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Data;

/// <summary>How often the words of a text occur, by rank.</summary>
/// <param name="Source">Where the counts come from.</param>
/// <param name="Ranks">The rank of each word, positive; 1 is the most frequent.</param>
/// <param name="Frequencies">Its count divided by the number of words in the text.</param>
internal sealed record WordFrequencies(string Source, IReadOnlyList<double> Ranks, IReadOnlyList<double> Frequencies)
{
    private const string HamletResource = "hamlet-word-counts.csv";
    private const double WordsInHamlet = 29522;

    /// <summary>The 100 most frequent of the 29,522 words of Shakespeare's Hamlet.</summary>
    public static WordFrequencies Hamlet()
    {
        using var stream = typeof(WordFrequencies).Assembly.GetManifestResourceStream(HamletResource)!;
        return From(StrictCsv.Read(stream, HamletResource), WordsInHamlet);
    }

    /// <summary>Reads a CSV file whose header names a column <c>rank</c> and a column <c>count</c>; other columns are ignored.</summary>
    /// <param name="file">The file.</param>
    /// <param name="total">What the counts are divided by; their sum where it is not given.</param>
    /// <exception cref="InputException">
    /// The file cannot be read, a line is malformed, a rank is not positive, a count is negative, or the total is not positive.
    /// </exception>
    public static WordFrequencies Read(string file, double? total = null) => From(StrictCsv.Read(file), total);

    private static WordFrequencies From(List<CsvLine> lines, double? total)
    {
        var header = lines[0];
        var (rank, count) = (Column(header, "rank"), Column(header, "count"));
        var words = lines.Skip(1).Select(line => (Rank: Rank(line, rank), Count: Count(line, count))).ToList();
        if (words.Count == 0)
        {
            throw new InputException($"{header.Source}: there is no line after the header");
        }

        var divisor = total ?? words.Sum(w => w.Count);
        return divisor > 0 && double.IsFinite(divisor)
            ? new(header.Source, [.. words.Select(w => w.Rank)], [.. words.Select(w => w.Count / divisor)])
            : throw new InputException(FormattableString.Invariant(
                $"{header.Source}: the total that counts are divided by is {divisor}; it must be positive and finite"));
    }

    private static int Column(CsvLine header, string name)
    {
        var columns = Enumerable.Range(0, header.Fields.Count).Where(i => header.Fields[i] == name).ToList();
        return columns.Count == 1
            ? columns[0]
            : throw header.Error($"the header must name one column '{name}', but it is '{Excerpt.Of(string.Join(",", header.Fields))}'");
    }

    private static double Rank(CsvLine line, int column)
    {
        var rank = line.Value(column, "rank");
        return rank > 0 ? rank : throw line.Error($"rank must be positive, not {Excerpt.Of(line.Fields[column])}");
    }

    private static double Count(CsvLine line, int column)
    {
        var count = line.Value(column, "count");
        return count >= 0 ? count : throw line.Error($"count must not be negative, but is {Excerpt.Of(line.Fields[column])}");
    }
}
