using System.Globalization;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Data;

/// <summary>One line of a CSV file with what a message about it needs.</summary>
/// <param name="Source">The file.</param>
/// <param name="Number">The line in the file, from 1.</param>
/// <param name="Fields">Its values.</param>
internal sealed record CsvLine(string Source, long Number, IReadOnlyList<string> Fields)
{
    /// <summary>The finite number in a column.</summary>
    /// <param name="column">The column, from 0.</param>
    /// <param name="name">What the number is called in messages.</param>
    /// <exception cref="InputException">The value is no number, or not a finite one.</exception>
    public double Value(int column, string name) =>
        double.TryParse(Fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Error($"{Excerpt.Of(name)} must be a finite number, not '{Excerpt.Of(Fields[column])}'");

    /// <summary>An error at this line.</summary>
    public InputException Error(string what) => new($"{Source}, line {Number}: {what}");
}
