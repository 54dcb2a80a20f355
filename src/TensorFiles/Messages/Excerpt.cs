using System.Text.RegularExpressions;

namespace LossSpikes.TensorFiles.Messages;

/// <summary>What messages quote from files, which may hold anything: printable, on one line and short.</summary>
public static partial class Excerpt
{
    private const int Longest = 60, LongestList = 300;

    /// <summary>The beginning of a text, with � where it cannot be printed and … for what is left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">The number of characters that are shown.</param>
    public static string Of(string text, int longest = Longest)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= longest ? Printable(text) : Printable(text[..longest]) + "…";
    }

    /// <summary>The beginning of a list, with commas.</summary>
    /// <param name="items">The items.</param>
    public static string OfList<T>(IEnumerable<T> items) => Of(string.Join(", ", items.Take(LongestList)), LongestList);

    private static string Printable(string text) => Unprintable().Replace(text, "\uFFFD");

    [GeneratedRegex(@"[\p{C}\p{Zl}\p{Zp}]+")]
    private static partial Regex Unprintable();
}
