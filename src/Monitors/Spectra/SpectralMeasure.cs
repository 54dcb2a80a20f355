using LossSpikes.Monitors.Batches;

namespace LossSpikes.Monitors.Spectra;

/// <summary>
/// The eigenvalues of a symmetric matrix as weights on the real line that sum to 1: all of them with equal weights, or what each of some random
/// vectors sees of them.
/// </summary>
/// <param name="Probes">The weighted values of each vector; one list where every eigenvalue is known.</param>
/// <param name="Products">How many products with the matrix (HVPs) it took.</param>
public sealed record SpectralMeasure(IReadOnlyList<IReadOnlyList<WeightedValue>> Probes, long Products)
{
    /// <summary>Whether every eigenvalue is known, so that nothing is estimated.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The smallest and the largest value. Ritz values lie between the extreme eigenvalues.</summary>
    public (double Low, double High) Range => (Probes.Min(p => p.Min(v => v.Value)), Probes.Max(p => p.Max(v => v.Value)));

    /// <summary>The measure convolved with a Gaussian of standard deviation <paramref name="width"/>, at λ: its integral over all λ is 1.</summary>
    public double Density(double at, double width) => Probes.Average(
        probe => probe.Sum(v => v.Weight * Math.Exp(-0.5 * Math.Pow((at - v.Value) / width, 2)))) / (width * Math.Sqrt(2 * Math.PI));

    /// <summary>The share of eigenvalues below <paramref name="bound"/>.</summary>
    /// <returns>The mean over the vectors and half the width of its 95 % interval; 0 where every eigenvalue is known, null for one vector.</returns>
    public (double Share, double? Error) ShareBelow(double bound)
    {
        double[] shares = [.. Probes.Select(probe => probe.Where(v => v.Value < bound).Sum(v => v.Weight))];
        return IsComplete ? (shares[0], 0)
            : shares.Length == 1 ? (shares[0], null)
            : (shares.Average(), MeanInterval.OfSample(shares).Error);
    }
}

/// <summary>A value with its weight.</summary>
/// <param name="Value">λ.</param>
/// <param name="Weight">Its weight, not negative.</param>
public readonly record struct WeightedValue(double Value, double Weight);
