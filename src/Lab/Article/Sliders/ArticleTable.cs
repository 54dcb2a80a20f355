using System.Globalization;
using LossSpikes.Lab.Data;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Numbers in columns, one CSV file.</summary>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">One value per column; NaN is an empty cell.</param>
internal sealed record ArticleTable(IReadOnlyList<string> Columns, IReadOnlyList<double[]> Rows)
{
    /// <summary>Writes the table into a CSV file.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, ToCsv());

    /// <summary>The table as CSV, header first. Every number reads back exactly.</summary>
    public string ToCsv() => string.Concat(Rows.Select(Cells).Prepend(Columns).Select(CsvText.Line));

    /// <summary>Tables of the same columns below each other.</summary>
    public static ArticleTable Concatenate(IReadOnlyList<ArticleTable> tables) => new(tables[0].Columns, [.. tables.SelectMany(t => t.Rows)]);

    private static IEnumerable<string> Cells(double[] row) => row.Select(v => double.IsNaN(v) ? "" : v.ToString("R", CultureInfo.InvariantCulture));
}
