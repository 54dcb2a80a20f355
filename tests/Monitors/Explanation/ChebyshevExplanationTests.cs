using LossSpikes.Lab.Checks;
using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;

namespace LossSpikes.Tests.Monitors.Explanation;

/// <summary>
/// Networks with one unstable direction, where the numbers of the theory must hold: forecasts against events, and predictions against
/// measurements.
/// </summary>
public sealed class ChebyshevExplanationTests
{
    [Theory]
    [InlineData(3, 0.085, 1250)]
    [InlineData(4, 0.085, 2700)]
    [InlineData(5, 0.15, 1800)]
    [Trait("Speed", "Slow")]
    public void The_first_spike_after_a_quiet_period_is_forecast_and_explained(int degree, double learningRate, int steps)
    {
        using var network = new ChebyshevNetwork(degree);
        var run = WatchedDescent.Of(network.Objective, learningRate, steps, new() { Explain = true, Every = null });
        var threshold = 2 / learningRate;

        // The truth, from the measurements alone. A network that starts above its threshold is catapulted below it first.
        var measured = run.Measurements.Where(m => m.Sharpness is not null).SkipWhile(m => m.Sharpness > threshold).ToList();
        var crossing = measured.First(m => m.Sharpness > threshold).Step;
        var peak = run.Measurements.Where(m => m.Step > crossing).MaxBy(m => m.Loss)!;
        var displacement = Math.Abs(peak.GradientDots[0] / peak.Sharpness!.Value);
        Assert.True(peak.Eigenvalues[1] < 0.7 * threshold);

        var ahead = run.Events.OfType<ForecastEvent>().Last(f => f.Kind == ForecastKind.Crossing && f.Step < crossing && f.Expected - f.Step >= 45);
        Assert.InRange(ahead.Expected!.Value - crossing, -1, 1);
        Assert.InRange(crossing - ahead.Step, 45, 60);

        var foretold = Assert.Single(run.Events.OfType<ForecastEvent>(), f => f.Kind == ForecastKind.Spike && f.Expected is not null);
        Assert.True(foretold.Step < peak.Step - 50);
        Assert.InRange(foretold.Expected!.Value - peak.Step, -2, 2);
        Assert.InRange(foretold.Displacement!.Value / displacement, 0.95, 1.05);

        var spike = run.Spikes.Last();
        Assert.Equal(Mechanism.EdgeOfStability, spike.Mechanism);
        Assert.Equal(PerturbationSource.Rounding, spike.Seed);
        Assert.Empty(spike.LeftOut!);
        Near(spike.GrowthPerStep!, 0.002);
        Near(spike.SharpnessChange!, 0.01);
        Near(spike.Height!, 0.1);
        Assert.InRange(spike.Alignment!.Value, 0.95, 1);

        // The score compares the forecast with the truth.
        var score = Assert.Single(run.Events.OfType<ForecastScoredEvent>(), s => s.Kind == ForecastKind.Spike);
        Assert.Equal((peak.Step, foretold.Expected - peak.Step), (score.Actual, score.ErrorSteps));
        Assert.Equal(foretold.Displacement.Value / displacement - 1, score.ErrorDisplacement!.Value, 1e-12);
    }

    [Fact]
    public void Adaptive_measuring_sees_the_same_crossings()
    {
        using var dense = new ChebyshevNetwork();
        using var sparse = new ChebyshevNetwork();
        var every = WatchedDescent.Of(dense.Objective, ChebyshevNetwork.LearningRate, 700, new());
        var some = WatchedDescent.Of(sparse.Objective, ChebyshevNetwork.LearningRate, 700, new() { Every = null });

        Assert.Equal(Crossings(every), Crossings(some));
        Assert.Equal(560, Assert.Single(Crossings(every)));
        Assert.True(some.Measurements.Sum(m => m.HessianProducts) < every.Measurements.Sum(m => m.HessianProducts) / 2);

        static IEnumerable<long> Crossings(Recorder run) => run.Events.OfType<CrossingEvent>().Select(e => e.Step);
    }

    private static void Near(MeasuredVsPredicted pair, double tolerance) => Assert.InRange(pair.Predicted / pair.Measured, 1 - tolerance, 1 + tolerance);
}
