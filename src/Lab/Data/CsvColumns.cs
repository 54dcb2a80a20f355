using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Data;

/// <summary>The names of a table's columns: those of its header, or "1", "2" and so on.</summary>
internal sealed class CsvColumns
{
    private readonly CsvLine _first;
    private readonly List<string> _names;

    /// <summary>Takes the names from the first line of a file.</summary>
    /// <exception cref="InputException">Two columns have one name.</exception>
    public CsvColumns(CsvLine first, bool header)
    {
        _first = first;
        _names = header ? [.. first.Fields] : [.. Enumerable.Range(1, first.Fields.Count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        if (_names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw first.Error($"the header must name each column once, but has '{Excerpt.Of(twice.Key)}' twice; a file without a header needs `header: false`");
        }
    }

    /// <summary>The name of a column, from 0.</summary>
    public string this[int column] => _names[column];

    /// <summary>The columns that <paramref name="names"/> stand for.</summary>
    /// <param name="names">What the experiment asks for.</param>
    /// <param name="key">The key it asks under.</param>
    /// <exception cref="InputException">One is not there, or named twice.</exception>
    public List<int> Find(IReadOnlyList<string> names, string key)
    {
        var found = names.Select(name => _names.IndexOf(name) is >= 0 and var column
            ? column
            : throw _first.Error($"there is no column '{name}', which objective.data.{key} asks for; {NearestName.Advice(name, _names)}")).ToList();
        return found.Distinct().Count() == found.Count ? found : throw _first.Error($"objective.data.{key} must name each column once");
    }
}
