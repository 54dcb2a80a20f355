using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>
/// Ticks for an axis of exponents: decades, every second or further decade where they would crowd, and plain numbers
/// where the axis shows less than two decades.
/// </summary>
internal sealed class LogTicks : ITickGenerator
{
    private const float PixelsPerLabel = 34;
    private const float PixelsPerMinorDecade = 24;
    private const int FewLabels = 7;

    public Tick[] Ticks { get; private set; } = [];

    public int MaxTickCount { get; set; } = 200;

    public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle) =>
        Ticks = [.. For(new ValueRange(range.Min, range.Max), size.Length)];

    /// <summary>The ticks for a range of exponents on an axis of <paramref name="pixels"/> pixels.</summary>
    public static IEnumerable<Tick> For(ValueRange exponents, float pixels)
    {
        int[] decades = [.. Whole(exponents)];
        var most = Math.Max(2, (int)(pixels / PixelsPerLabel));
        return decades.Length >= 2 ? Decades(exponents, decades, most, pixels) : Numbers(exponents, most);
    }

    private static IEnumerable<Tick> Decades(ValueRange exponents, int[] decades, int most, float pixels)
    {
        var stride = (decades.Length + most - 1) / most;
        var major = decades.Select(d => d % stride == 0 ? Tick.Major(d, TickText.PowerOfTen(d)) : Tick.Minor(d));
        var minor = pixels / exponents.Span < PixelsPerMinorDecade ? [] : Multiples(exponents, 2, 3, 4, 5, 6, 7, 8, 9);
        return major.Concat(minor.Select(v => Tick.Minor(Math.Log10(v))));
    }

    /// <summary>Labels at 1, 2 and 5 times powers of ten where these are enough, and evenly spaced ones where they are not.</summary>
    private static IEnumerable<Tick> Numbers(ValueRange exponents, int most)
    {
        double[] labelled = [.. Multiples(exponents, 1, 2, 5)];
        if (labelled.Length < 3)
        {
            labelled = NiceSteps.In(new ValueRange(Math.Pow(10, exponents.Low), Math.Pow(10, exponents.High)), Math.Min(most, FewLabels));
            return labelled.Zip(TickText.Alike(labelled), (v, text) => Tick.Major(Math.Log10(v), text));
        }

        var minor = Multiples(exponents, 3, 4, 6, 7, 8, 9);
        return [.. labelled.Select(v => Tick.Major(Math.Log10(v), TickText.Number(v))), .. minor.Select(v => Tick.Minor(Math.Log10(v)))];
    }

    private static IEnumerable<double> Multiples(ValueRange exponents, params int[] digits) =>
        from decade in Enumerable.Range((int)Math.Floor(exponents.Low), (int)Math.Floor(exponents.High) - (int)Math.Floor(exponents.Low) + 1)
        from digit in digits
        let value = digit * Math.Pow(10, decade)
        where Math.Log10(value) >= exponents.Low && Math.Log10(value) <= exponents.High
        select value;

    private static IEnumerable<int> Whole(ValueRange exponents)
    {
        for (var decade = (int)Math.Ceiling(exponents.Low); decade <= exponents.High; decade++)
        {
            yield return decade;
        }
    }
}
