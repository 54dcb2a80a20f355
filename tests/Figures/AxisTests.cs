using LossSpikes.Lab.Figures;

namespace LossSpikes.Tests.Figures;

public sealed class AxisTests
{
    [Fact]
    public void A_log_axis_places_values_that_have_no_logarithm()
    {
        var axis = LogAxis.For([1, 0.01, 0, -1, double.NaN, double.PositiveInfinity], 6);
        Assert.InRange(axis.Limits.Low, -2.2, -2.01);
        Assert.InRange(axis.Limits.High, 0.01, 0.2);
        Assert.Equal(-2, axis.Position(0.01), 12);
        Assert.Equal(axis.Limits.Low, axis.Position(0));
        Assert.Equal(axis.Limits.Low, axis.Position(-1));
        Assert.Equal(double.NaN, axis.Position(double.NaN));
        Assert.Equal(axis.Limits.High + axis.Limits.Span, axis.Position(double.PositiveInfinity));
    }

    [Theory]
    [InlineData(new double[] { })]
    [InlineData(new[] { 0.0, 0 })]
    [InlineData(new[] { double.NaN, double.PositiveInfinity })]
    [InlineData(new[] { 1.0 })]
    [InlineData(new[] { double.Epsilon, double.MaxValue })]
    public void Axes_show_a_finite_range_for_any_data(double[] values)
    {
        AssertShows(LogAxis.For(values, values.Length).Limits);
        AssertShows(LinearAxis.For([values], values.Length).WithMargins().Limits);
    }

    [Fact]
    public void An_extreme_value_does_not_flatten_the_rest()
    {
        double[] values = [.. Enumerable.Range(0, 1000).Select(i => i == 500 ? 1e9 : 10 + Math.Sin(i))];
        var limits = LinearAxis.For([values], values.Length).Limits;
        Assert.InRange(limits.High, 11, 30);
    }

    [Fact]
    public void A_short_spike_is_not_extreme()
    {
        double[] values = [.. Enumerable.Range(0, 2000).Select(i => i is >= 1000 and < 1003 ? 1 : 0.02)];
        Assert.True(LogAxis.For(values, values.Length).Limits.High > 0);
    }

    [Fact]
    public void Ordinary_rows_end_where_a_run_diverges_for_good()
    {
        double[] converging = [1, 0.5, 3, 0.1];
        double[] diverged = [.. Enumerable.Range(0, 20).Select(i => 1 - i / 40.0), 5, 50, 1e5, double.NaN];
        double[] neverOrdinary = [1, 10, 1000, double.PositiveInfinity];
        Assert.Equal(4, ReadableRange.OrdinaryRows(converging));
        Assert.Equal(20, ReadableRange.OrdinaryRows(diverged));
        Assert.Equal(4, ReadableRange.OrdinaryRows(neverOrdinary));
    }

    [Fact]
    public void A_threshold_is_included_only_where_the_rest_stays_readable()
    {
        LinearAxis axis = new(new ValueRange(0, 10));
        Assert.Equal(20, axis.Including(new ValueRange(20, 20)).Limits.High);
        Assert.Equal(10, axis.Including(new ValueRange(200, 200)).Limits.High);
    }

    private static void AssertShows(ValueRange limits)
    {
        Assert.True(double.IsFinite(limits.Low) && double.IsFinite(limits.High));
        Assert.True(limits.Span > 0);
    }
}
