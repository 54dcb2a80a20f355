using System.Globalization;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// How run folders spell numbers: invariant round-trip digits, and <c>nan</c>, <c>inf</c>, <c>-inf</c>; nothing at all where
/// nothing was measured.
/// </summary>
internal static class NumberText
{
    /// <summary>Reads one number; an empty text is NaN.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        (value, var special) = text switch
        {
            [] => (double.NaN, true),
            _ when text.SequenceEqual("nan"u8) => (double.NaN, true),
            _ when text.SequenceEqual("inf"u8) => (double.PositiveInfinity, true),
            _ when text.SequenceEqual("-inf"u8) => (double.NegativeInfinity, true),
            _ => (0, false),
        };
        return special || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
