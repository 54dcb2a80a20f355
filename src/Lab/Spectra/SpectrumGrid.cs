namespace LossSpikes.Lab.Spectra;

/// <summary>The values of λ at which a density is written and drawn.</summary>
internal static class SpectrumGrid
{
    private const int Points = 1001;

    // The Gaussian of the outermost eigenvalue fits in, also where it is that of most eigenvalues.
    private const double Widths = 6;

    /// <summary>Evenly spaced values from below the smallest to above the largest eigenvalue.</summary>
    public static IReadOnlyList<double> Of(SpectrumReading reading)
    {
        var low = Math.Min(reading.Measure.Range.Low, reading.Smallest) - Widths * reading.SmoothingWidth;
        var high = Math.Max(reading.Measure.Range.High, reading.Eigenvalues[0].Value) + Widths * reading.SmoothingWidth;
        return [.. Enumerable.Range(0, Points).Select(i => low + (high - low) * i / (Points - 1))];
    }
}
