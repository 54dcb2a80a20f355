using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>An axis whose coordinates are the values themselves.</summary>
/// <param name="Limits">What it shows.</param>
internal sealed record LinearAxis(ValueRange Limits) : IValueAxis
{
    private const double Margin = 0.06;
    private const float PixelsPerLabel = 44;

    // A narrower range is round-off around one value.
    private const double SmallestShare = 1e-9;

    /// <summary>The axis that shows <paramref name="values"/> readably.</summary>
    /// <param name="values">All values, in the order of the rows.</param>
    /// <param name="ordinaryRows">How many of each to lay the axis out by, as <see cref="ReadableRange.OrdinaryRows"/> counts them.</param>
    public static LinearAxis For(IReadOnlyList<double[]> values, int ordinaryRows)
    {
        var range = ReadableRange.Of(
            values.SelectMany(v => v.Take(ordinaryRows)),
            values.SelectMany(v => v),
            bulk => Math.Max(bulk.Span, Math.Max(Math.Abs(bulk.Low), Math.Abs(bulk.High)))) ?? new ValueRange(0, 1);
        return new LinearAxis(range.Span > SmallestShare * Math.Abs(range.High) ? range : Around(range.Low));
    }

    /// <summary>The axis that also shows <paramref name="other"/>, unless what it shows now would get less than a quarter of it.</summary>
    public LinearAxis Including(ValueRange other)
    {
        var wider = Limits.With(other);
        return wider.Span <= 4 * Limits.Span ? new LinearAxis(wider) : this;
    }

    /// <summary>The axis with a margin around the data; a floor of zero stays one.</summary>
    public LinearAxis WithMargins()
    {
        var padded = Limits.Padded(Margin);
        return new LinearAxis(Limits.Low == 0 ? padded with { Low = 0 } : padded);
    }

    public double Position(double value) => Limits.Clip(value);

    public void ApplyTo(Plot plot)
    {
        plot.Axes.SetLimitsY(Limits.Low, Limits.High);
        plot.Axes.Left.TickGenerator = new LinearTicks(PixelsPerLabel);
    }

    private static ValueRange Around(double value)
    {
        var half = Math.Abs(value) / 2;
        return double.IsNormal(half) ? new ValueRange(value - half, value + half) : new ValueRange(-1, 1);
    }
}
