using System.Globalization;

namespace LossSpikes.Lab.Article;

/// <summary>Numbers in columns, one CSV file.</summary>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">One value per column; NaN is an empty cell.</param>
internal sealed record ArticleTable(IReadOnlyList<string> Columns, IReadOnlyList<double[]> Rows)
{
    /// <summary>Writes the table so that every number reads back exactly.</summary>
    public void Write(string path)
    {
        var draft = path + ".partial";
        File.WriteAllLines(draft, Rows.Select(Line).Prepend(string.Join(',', Columns)));
        File.Move(draft, path, overwrite: true);
    }

    private static string Line(double[] row) => string.Join(',', row.Select(v => double.IsNaN(v) ? "" : v.ToString("R", CultureInfo.InvariantCulture)));
}
