using System.Buffers;
using System.Globalization;

namespace LossSpikes.Lab.Playground.Requests;

/// <summary>Numbers as addresses write them: digits alone, where .NET also takes spaces, zero bytes at the end, NaN and infinity.</summary>
internal static class StrictNumber
{
    private static readonly SearchValues<char> Decimal = SearchValues.Create("0123456789+-.eE"), Digits = SearchValues.Create("0123456789");

    /// <summary>Reads a finite number.</summary>
    public static bool TryParse(string? text, out double value)
    {
        value = 0;
        return text.AsSpan().IndexOfAnyExcept(Decimal) < 0 && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value);
    }

    /// <summary>Reads a whole number without a sign.</summary>
    public static bool TryParse(string? text, out int value)
    {
        value = 0;
        return text.AsSpan().IndexOfAnyExcept(Digits) < 0 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
