using LossSpikes.Monitors;
using LossSpikes.Monitors.Sharpness;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>Adaptive measurement sees a crossing at its step: that step is measured, and the last measurement was on the other side.</summary>
public sealed class MeasurementScheduleTests
{
    private const int Steps = 1500;

    public static TheoryData<string> Paths => ["line", "approach", "bump", "slow wave", "fast wave", "hovering"];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_crossing_is_seen_at_its_step(string path)
    {
        var (found, measured) = Watch(Ratio(path), _ => 1, _ => 1);

        Assert.NotEmpty(Crossings(Ratio(path)));
        Assert.Equal(Crossings(Ratio(path)), found);
        Assert.InRange(measured, 1, path is "fast wave" or "hovering" ? Steps + 1 : Steps / 2);
    }

    [Fact]
    public void A_loss_that_jumps_is_measured_at_the_next_step()
    {
        // The sharpness stands still, and falls past the threshold two steps after the loss has begun to move.
        static double Ratio(int step) => step < 1000 ? 1.04 : 0.9;
        var (found, measured) = Watch(Ratio, step => step < 998 ? 1 : 1.2 + (0.3 * (step - 998)), _ => 1);

        Assert.Equal([1000], found.Where(step => step > 0));
        Assert.InRange(measured, 1, Steps * 2 / 3);
    }

    [Fact]
    public void A_learning_rate_that_rises_slowly_is_seen_to_cross()
    {
        static double Threshold(int step) => 2 - (step / 1000.0);
        var (found, _) = Watch(step => 1 / Threshold(step), _ => 1, Threshold);

        Assert.Equal(Crossings(step => 1 / Threshold(step)), found);
    }

    private static Func<int, double> Ratio(string path) => path switch
    {
        "line" => t => 0.3 + (t / 1000.0),
        "approach" => t => 1.02 - (0.6 * Math.Exp(-t / 250.0)),
        "bump" => t => 0.9 + (0.2 * Math.Exp(-Math.Pow((t - 700) / 150.0, 2))),
        "slow wave" => t => 1 + (0.1 * Math.Sin((t + 40) / 90.0)),
        "fast wave" => t => 1 + (0.1 * Math.Sin((t + 1) / 5.0)),
        _ => t => 1 + (0.01 * Math.Sin(t * 1.9) * Math.Cos(t / 17.0)) + 0.001,
    };

    /// <summary>The steps at which the other side of 1 is taken; step 0 where it begins above.</summary>
    private static List<int> Crossings(Func<int, double> ratio) =>
        [.. Enumerable.Range(0, Steps).Where(t => ratio(t) > 1 != (t > 0 && ratio(t - 1) > 1))];

    private static (List<int> Found, int Measured) Watch(Func<int, double> ratio, Func<int, double> loss, Func<int, double> threshold)
    {
        var schedule = new MeasurementSchedule(every: null, explained: false);
        var (found, measured, above) = (new List<int>(), 0, false);
        for (var t = 0; t < Steps; t++)
        {
            var measures = schedule.Measures(t);
            if (measures)
            {
                measured++;
                if (ratio(t) > 1 != above)
                {
                    above = !above;
                    found.Add(t);
                }
            }

            schedule.Observe(
                new Measurement
                {
                    Step = t,
                    Loss = loss(t),
                    GradientNorm = 1,
                    Threshold = threshold(t),
                    Eigenvalues = measures ? [ratio(t) * threshold(t)] : [],
                },
                open: false);
        }

        return (found, measured);
    }
}
