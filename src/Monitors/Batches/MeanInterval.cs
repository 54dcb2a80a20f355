namespace LossSpikes.Monitors.Batches;

/// <summary>A mean with the half-width of its 95 % confidence interval by Student's t.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Error">The half-width; 0 where the values are all there are.</param>
internal readonly record struct MeanInterval(double Mean, double Error)
{
    private const double Normal = 1.959963984540054; // the 97.5 % quantile

    /// <summary>The mean of a sample of at least two values.</summary>
    public static MeanInterval OfSample(IReadOnlyList<double> values) =>
        new(values.Average(), StudentQuantile(values.Count - 1) * Math.Sqrt(Variance(values, values.Count - 1) / values.Count));

    /// <summary>The variance about the mean.</summary>
    /// <param name="values">The values.</param>
    /// <param name="divisor">What the sum of squares is divided by: their number where they are all there are, one less for a sample.</param>
    public static double Variance(IReadOnlyList<double> values, int divisor)
    {
        var mean = values.Average();
        return divisor == 0 ? 0 : values.Sum(v => (v - mean) * (v - mean)) / divisor;
    }

    /// <summary>
    /// The 97.5 % quantile of Student's t with ν degrees of freedom: Abramowitz and Stegun, 26.7.5, off by less than 0.001 for ν ≥ 5.
    /// </summary>
    private static double StudentQuantile(int freedom)
    {
        double x = Normal, square = x * x, v = freedom;
        return x * (1 + (square + 1) / (4 * v)
            + ((5 * square + 16) * square + 3) / (96 * v * v)
            + (((3 * square + 19) * square + 17) * square - 15) / (384 * v * v * v)
            + ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / (92160 * v * v * v * v));
    }
}
