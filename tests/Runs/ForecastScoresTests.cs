using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Runs;

public sealed class ForecastScoresTests
{
    [Fact]
    public void A_forecast_that_is_withdrawn_is_neither_a_hit_nor_missed()
    {
        var scores = ((ForecastScoredEvent[])
        [
            new(30, ForecastKind.Crossing, 9, 30) { Actual = 32, ErrorSteps = -2, WithinRange = true },
            new(80, ForecastKind.Crossing, 40, 60),
            new(90, ForecastKind.Crossing, 70, 95) { Withdrawn = "the learning rate changed" },
            new(91, ForecastKind.Spike, 71, 99) { Withdrawn = "the run ended" },
        ]).Aggregate(ForecastScores.None, (sum, scored) => sum.With(scored));

        Assert.Equal((1, 1, 1), (scores.Crossings.Count, scores.Crossings.Missed, scores.Crossings.Withdrawn));
        Assert.Equal((0, 0, 1), (scores.Spikes.Count, scores.Spikes.Missed, scores.Spikes.Withdrawn));
        Assert.Equal(2, scores.Crossings.ErrorSteps.MeanAbsolute);
        Assert.EndsWith("; 1 did not come; 2 withdrawn", ForecastText.Of(scores), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, "mean |error| 1 step (")]
    [InlineData(3, "mean |error| 3 steps (")]
    [InlineData(0, "mean |error| 0 steps (")]
    public void An_error_of_one_step_is_one_step(int error, string expected) => Assert.Contains(
        expected,
        ForecastText.Of(ForecastScores.None.With(new ForecastScoredEvent(30, ForecastKind.Crossing, 9, 30) { Actual = 30 - error, ErrorSteps = error })),
        StringComparison.Ordinal);
}
