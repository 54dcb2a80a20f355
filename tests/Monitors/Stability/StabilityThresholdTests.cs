using LossSpikes.Monitors;

namespace LossSpikes.Tests.Monitors.Stability;

public sealed class StabilityThresholdTests
{
    [Fact]
    public void Values_and_formulas_equal_the_table()
    {
        AssertIs(20, "2/η", StabilityThreshold.GradientDescent(0.1));
        AssertIs(38, "(2+2β)/η", StabilityThreshold.Momentum(0.1, 0.9));
        AssertIs(38 / 2.8, "(2+2β)/(η(1+2β))", StabilityThreshold.Nesterov(0.1, 0.9));
        AssertIs(380, "(2+2β)/(η(1−β))", StabilityThreshold.EmaMomentum(0.1, 0.9));
        AssertIs(20, "2/η", StabilityThreshold.RmsProp(0.1));
        AssertIs(38_000, "38/η", StabilityThreshold.Adam(1e-3));
        AssertIs(60, "6/η", StabilityThreshold.Adam(0.1, 0.5));
    }

    [Fact]
    public void A_learning_rate_of_zero_is_always_stable_and_invalid_values_are_refused()
    {
        Assert.Equal(double.PositiveInfinity, StabilityThreshold.GradientDescent(0).Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => StabilityThreshold.GradientDescent(-0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StabilityThreshold.RmsProp(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => StabilityThreshold.Momentum(0.1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StabilityThreshold.Adam(0.1, double.NaN));
    }

    private static void AssertIs(double value, string formula, StabilityThreshold threshold)
    {
        Assert.Equal(value, threshold.Value, value * 1e-14);
        Assert.Equal(formula, threshold.Formula);
    }
}
