using LossSpikes.Lab.Figures;

namespace LossSpikes.Tests.Figures;

public sealed class TickTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1.5, "−1.5")]
    [InlineData(0.001, "0.001")]
    [InlineData(1200, "1200")]
    [InlineData(-2.5e-4, "−2.5×10⁻⁴")]
    [InlineData(3e12, "3×10¹²")]
    [InlineData(0.1 + 0.2, "0.3")]
    public void Numbers_are_written_as_decimals_or_with_powers_of_ten(double value, string text) => Assert.Equal(text, TickText.Number(value));

    [Theory]
    [InlineData(2.481e-9, 2, "2.5·10⁻⁹")]
    [InlineData(-1e-5, 5, "−1·10⁻⁵")]
    [InlineData(2.0 / 57, 5, "0.035088")]
    [InlineData(9.999e-5, 2, "0.0001")]
    [InlineData(2500, 5, "2500")]
    [InlineData(0, 3, "0")]
    [InlineData(3.0e22, 3, "3·10²²")]
    [InlineData(double.PositiveInfinity, 3, "∞")]
    public void Numbers_in_sentences_are_rounded(double value, int digits, string text) => Assert.Equal(text, NumberText.Rounded(value, digits));

    [Fact]
    public void Numbers_of_one_axis_are_written_alike()
    {
        Assert.Equal(["0.19", "0.20", "0.21"], TickText.Alike([0.19, 0.2, 0.21]));
        Assert.Equal(["−5.0×10⁻⁵", "0", "2.5×10⁻⁵"], TickText.Alike([-5e-5, 0, 2.5e-5]));
    }

    [Fact]
    public void Decades_are_labelled()
    {
        Assert.Equal(["10⁻³", "10⁻²", "10⁻¹", "10⁰"], Labels(-3.2, 0.4));
        Assert.Equal(8, LogTicks.For(new ValueRange(-2, -1), 300).Count(t => !t.IsMajor));
    }

    [Fact]
    public void Crowded_decades_are_skipped()
    {
        var labels = Labels(-30, 2);
        Assert.InRange(labels.Length, 4, 9);
        Assert.Contains("10⁰", labels);
    }

    [Theory]
    [InlineData(0.11, 0.23, "0.12", "0.20")]
    [InlineData(0.3, 6, "0.5", "2")]
    [InlineData(0.4999, 0.5001, "0.50000", "0.50010")]
    public void Ranges_within_a_decade_are_labelled(double low, double high, params string[] expected)
    {
        var labels = Labels(Math.Log10(low), Math.Log10(high));
        Assert.InRange(labels.Length, 3, 8);
        Assert.Empty(expected.Except(labels));
    }

    [Theory]
    [InlineData(-0.05, 0.05)]
    [InlineData(-320, 300)]
    [InlineData(-7.3, 4.1)]
    public void Log_ticks_stay_in_the_range(double low, double high) =>
        Assert.All(LogTicks.For(new ValueRange(low, high), 300), t => Assert.InRange(t.Position, low - 1e-12, high + 1e-12));

    [Fact]
    public void Steps_are_round_and_whole()
    {
        Assert.Equal([0, 500, 1000, 1500, 2000], NiceSteps.In(new ValueRange(0, 2000), 5));
        Assert.Equal([0], NiceSteps.In(new ValueRange(-0.5, 0.5), 10, smallest: 1));
    }

    private static string[] Labels(double low, double high) => [.. LogTicks.For(new ValueRange(low, high), 300).Where(t => t.IsMajor).Select(t => t.Label)];
}
