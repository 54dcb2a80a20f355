using CsCheck;
using LossSpikes.Monitors.Forecasts;

namespace LossSpikes.Tests.Monitors.Forecasts;

/// <summary>The time at which a quantity reaches a level, against the polynomial that gave its values.</summary>
public sealed class ExtrapolationTests
{
    [Fact]
    public void A_parabola_reaches_the_level_when_its_polynomial_does() =>
        Gen.Select(Gen.Double[-1, 1], Gen.Double[0.01, 1], Gen.Double[-1e-3, 1e-3], Gen.Double[1, 100]).Sample(
            (value, rate, bend, until) =>
            {
                double At(double t) => value + rate * t + bend * t * t;

                // Only where it still rises: past its top, it has been at the level before.
                if (rate + 2 * bend * until <= 1e-3)
                {
                    return;
                }

                var reached = Extrapolation.Parabola([(-20, At(-20)), (-7, At(-7)), (0, At(0))], At(until));
                Assert.Equal(until, reached, 1e-6 * until);
            },
            threads: 1);

    [Fact]
    public void A_line_reaches_the_level_when_its_polynomial_does() => Assert.Equal(35, Extrapolation.Line([(10, 1), (15, 2), (20, 3)], 10), 1e-12);

    [Fact]
    public void A_falling_line_never_reaches_a_level_above() => Assert.Equal(double.NaN, Extrapolation.Line([(0, 3), (1, 2), (2, 1)], 4));

    [Fact]
    public void A_parabola_that_turns_before_the_level_never_reaches_it() => Assert.Equal(double.NaN, Extrapolation.Reach(0, 1, -1, 0.3));
}
