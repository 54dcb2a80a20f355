using System.Globalization;

namespace LossSpikes.Lab.Figures;

/// <summary>Numbers in sentences: 0.0351 and 2.5·10⁻⁹, with real minus signs.</summary>
internal static class NumberText
{
    private const int SmallestPlain = -4, LargestPlain = 6; // exponents

    /// <summary>A number to so many significant digits; zeros at the end are left out.</summary>
    public static string Rounded(double value, int digits)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
        }

        var parts = value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture).Split('E');
        var exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var text = exponent is >= SmallestPlain and <= LargestPlain
            ? Trimmed(decimal.Parse(parts[0], CultureInfo.InvariantCulture) * Power(exponent))
            : $"{Trimmed(decimal.Parse(parts[0], CultureInfo.InvariantCulture))}·{TickText.PowerOfTen(exponent)}";
        return text.Replace('-', '−');
    }

    private static decimal Power(int exponent) => exponent < 0 ? 1 / Power(-exponent) : (decimal)Math.Pow(10, exponent);

    private static string Trimmed(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}
