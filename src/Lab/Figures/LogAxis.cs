using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>
/// An axis whose coordinates are log₁₀ of the values. Zero and less stand at its floor, below the smallest positive value shown.
/// </summary>
/// <param name="Limits">What it shows, as exponents.</param>
internal sealed record LogAxis(ValueRange Limits) : IValueAxis
{
    private const double Margin = 0.05;
    private const double SmallestSpan = 0.1;
    private const double Reach = 4;

    /// <summary>The axis that shows <paramref name="values"/> readably.</summary>
    /// <param name="values">All values, in the order of the rows.</param>
    /// <param name="ordinaryRows">How many to lay the axis out by, as <see cref="ReadableRange.OrdinaryRows"/> counts them.</param>
    public static LogAxis For(double[] values, int ordinaryRows)
    {
        // log₁₀ of zero and of less is not finite, so that what has no logarithm has no say here.
        double[] exponents = [.. values.Select(Math.Log10)];
        var range = ReadableRange.Of(exponents.Take(ordinaryRows), exponents, bulk => Math.Max(bulk.Span, Reach)) ?? new ValueRange(-1, 0);
        var missing = Math.Max(0, SmallestSpan - range.Span) / 2;
        return new LogAxis(new ValueRange(range.Low - missing, range.High + missing).Padded(Margin));
    }

    public double Position(double value) => value <= 0 ? Limits.Low : Limits.Clip(Math.Log10(value));

    public void ApplyTo(Plot plot)
    {
        plot.Axes.SetLimitsY(Limits.Low, Limits.High);
        plot.Axes.Left.TickGenerator = new LogTicks();
    }
}
