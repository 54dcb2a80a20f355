using System.Globalization;

namespace LossSpikes.Lab.Figures;

/// <summary>How numbers are written on axes: real minus signs, and powers of ten as superscripts.</summary>
internal static class TickText
{
    private const double SmallestPlain = 1e-3;
    private const double LargestPlain = 1e7;
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>A number by itself, with at most ten significant digits.</summary>
    public static string Number(double value) => Alike([value])[0];

    /// <summary>A number by itself, with at most four significant digits.</summary>
    public static string Short(double value) => Number(double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    /// <summary>Evenly spaced numbers, with the same power of ten and as many decimals as any of them needs.</summary>
    public static string[] Alike(IReadOnlyList<double> values)
    {
        var largest = values.Select(Math.Abs).DefaultIfEmpty().Max();
        var exponent = largest is 0 or (>= SmallestPlain and < LargestPlain) ? 0 : (int)Math.Floor(Math.Log10(largest));
        double[] mantissas = [.. values.Select(v => v / Math.Pow(10, exponent))];
        var decimals = mantissas.Select(Decimals).DefaultIfEmpty().Max();
        var suffix = exponent == 0 ? "" : "×" + PowerOfTen(exponent);
        return [.. mantissas.Select(m => m == 0 ? "0" : m.ToString("F" + decimals, CultureInfo.InvariantCulture).Replace('-', '−') + suffix)];
    }

    /// <summary>10 with its exponent, such as 10⁻².</summary>
    public static string PowerOfTen(int exponent) =>
        "10" + string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : Superscripts[c - '0']));

    /// <summary>A subscript, such as ₂.</summary>
    public static string Subscript(int index) => string.Concat(index.ToString(CultureInfo.InvariantCulture).Select(c => (char)('₀' + (c - '0'))));

    private static int Decimals(double value)
    {
        var text = ((decimal)value).ToString("G10", CultureInfo.InvariantCulture);
        return text.Contains('.') ? text.Length - text.IndexOf('.') - 1 : 0;
    }
}
