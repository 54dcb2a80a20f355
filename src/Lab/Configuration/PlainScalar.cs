using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LossSpikes.Lab.Configuration;

/// <summary>
/// What a word without quotes means: numbers as JSON writes them (0.5, 1e-3), true, false and null are those, nothing at all is
/// null, and everything else is text. YAML's own rules would make <c>no</c> a truth value and differ from version to version.
/// </summary>
internal static partial class PlainScalar
{
    // Every whole number up to this one is a double.
    private const double LargestExact = 1L << 53;

    public static JsonNode? Read(string text) => text switch
    {
        "" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when Number().IsMatch(text) => JsonNode.Parse(Whole(text) ?? text),
        _ => JsonValue.Create(text),
    };

    /// <summary>The digits of a whole number that is written with a fraction or an exponent: JSON readers take no 1e4 for a whole number.</summary>
    private static string? Whole(string text)
    {
        var value = double.Parse(text, CultureInfo.InvariantCulture);
        return double.IsInteger(value) && Math.Abs(value) <= LargestExact ? ((long)value).ToString(CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Number();
}
