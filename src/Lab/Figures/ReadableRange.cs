namespace LossSpikes.Lab.Figures;

/// <summary>Which part of the data an axis shows, so that a wild value does not flatten everything else.</summary>
internal static class ReadableRange
{
    private const int FewestRows = 10;
    private const double Divergence = 100;

    // Spans and margins of larger numbers overflow.
    private const double Largest = 1e300;

    /// <summary>
    /// How many rows come before a run leaves for good: all of them, unless it ends far above its first loss; then those up to
    /// the last loss that was not above the first. Axes are laid out by these rows.
    /// </summary>
    public static int OrdinaryRows(double[] loss)
    {
        if (loss.Length == 0 || loss[^1] <= Divergence * loss[0])
        {
            return loss.Length;
        }

        var ordinary = Array.FindLastIndex(loss, v => v <= loss[0]) + 1;
        return ordinary < FewestRows ? loss.Length : ordinary;
    }

    /// <summary>
    /// The range of the finite values in <paramref name="all"/>, cut where they lie further than <paramref name="reach"/> from
    /// the bulk of <paramref name="ordinary"/>. Null when nothing is finite.
    /// </summary>
    public static ValueRange? Of(IEnumerable<double> ordinary, IEnumerable<double> all, Func<ValueRange, double> reach)
    {
        double[] finite = [.. all.Where(Usable)];
        if (finite.Length == 0)
        {
            return null;
        }

        double[] sorted = [.. ordinary.Where(Usable).Order()];
        var bulk = sorted.Length == 0 ? Extent(finite) : Bulk(sorted);
        var (low, high) = (bulk.Low - reach(bulk), bulk.High + reach(bulk));
        return new ValueRange(Math.Max(low, finite.Min()), Math.Min(high, finite.Max()));
    }

    /// <summary>The sorted values without the few at either end that may be wild.</summary>
    private static ValueRange Bulk(double[] sorted)
    {
        var wild = sorted.Length < 2 * FewestRows ? 0 : Math.Max(3, sorted.Length / 500);
        ValueRange bulk = new(sorted[wild], sorted[^(wild + 1)]);
        return bulk.Span > 0 ? bulk : Extent(sorted);
    }

    private static bool Usable(double value) => Math.Abs(value) <= Largest;

    private static ValueRange Extent(double[] values) => new(values.Min(), values.Max());
}
