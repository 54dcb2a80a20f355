using System.Globalization;

namespace LossSpikes.Lab.Spectra;

/// <summary>What is known of the negative eigenvalues, in one line: no more than the numbers say.</summary>
internal static class NegativeText
{
    /// <summary>The line.</summary>
    public static string Of(SpectrumReading reading)
    {
        var (smallest, error) = (reading.Smallest, reading.Eigenvalues[^1].Residual);
        return reading.Negative is { } negative
                ? Invariant($"{negative} negative eigenvalues, {reading.Zero} zero to rounding (|λ| ≤ {reading.Rounding:G2})")
            : smallest > error ? "no negative eigenvalue was found: λ_min is positive"
            : smallest >= -error ? Invariant($"no negative eigenvalue was resolved: λ_min is 0 within its error ({error:G2})")
            : smallest >= -reading.SmoothingWidth
                ? Invariant($"the number of negative eigenvalues is not known; none is below {-reading.SmoothingWidth:G3}, since λ_min is not")
            : !(reading.NegativeShare > 0) ? "the number of negative eigenvalues is not known; λ_min is one, and the quadrature resolved no share of them"
            : "the number of negative eigenvalues is not known; "
                + Invariant($"an estimated {Percent(reading.NegativeShare)}{(reading.NegativeShareError is { } e ? $" ± {Percent(e)}" : "")} ")
                + Invariant($"are below {-reading.SmoothingWidth:G3}");
    }

    /// <summary>Two digits, however small.</summary>
    private static string Percent(double share) => share >= 1e-3 ? Invariant($"{share:P1}") : Invariant($"{100 * share:G2} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
