using System.Globalization;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Numbers in columns, one CSV file.</summary>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">One value per column; NaN is an empty cell.</param>
internal sealed record ArticleTable(IReadOnlyList<string> Columns, IReadOnlyList<double[]> Rows)
{
    /// <summary>Writes the table into a file.</summary>
    public void Write(string path)
    {
        var draft = path + ".partial";
        File.WriteAllLines(draft, Lines());
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>The table as CSV, header first, so that every number reads back exactly.</summary>
    public IEnumerable<string> Lines() => Rows.Select(Line).Prepend(string.Join(',', Columns));

    /// <summary>Tables of the same columns below each other.</summary>
    public static ArticleTable Concatenate(IReadOnlyList<ArticleTable> tables) => new(tables[0].Columns, [.. tables.SelectMany(t => t.Rows)]);

    private static string Line(double[] row) => string.Join(',', row.Select(v => double.IsNaN(v) ? "" : v.ToString("R", CultureInfo.InvariantCulture)));
}
