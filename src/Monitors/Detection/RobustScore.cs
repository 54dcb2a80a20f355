namespace LossSpikes.Monitors.Detection;

/// <summary>
/// How unusual a loss is among others: (L − median)/σ, with σ = 1.4826 times the median distance of those above the median, which a few
/// extreme values do not move. Losses of batches are skewed, so the side below does not count.
/// </summary>
/// <param name="Median">The median.</param>
/// <param name="Spread">σ.</param>
public readonly record struct RobustScore(double Median, double Spread)
{
    private const double Normal = 1.4826; // of a normal distribution σ is the standard deviation

    /// <summary>Of some losses.</summary>
    public static RobustScore Of(IEnumerable<double> losses)
    {
        double[] sorted = [.. losses.Order()];
        var median = MedianOf(sorted);
        return new(median, Normal * MedianOf([.. sorted.Where(l => l >= median).Select(l => l - median)]));
    }

    /// <summary>The score of a loss; infinite above others that are all the same.</summary>
    public double Of(double loss) => loss == Median ? 0 : (loss - Median) / Spread;

    private static double MedianOf(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
