using LossSpikes.Monitors;

namespace LossSpikes.Tests.Monitors.Forecasts;

/// <summary>Forecasts of crossings on sharpnesses that are made up: T = 20, and S says when it crosses.</summary>
public sealed class CrossingForecasterTests : IDisposable
{
    private readonly ForecastRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_steady_rise_is_forecast_at_every_lead_and_scored_at_the_crossing()
    {
        _run.Follow(0, 301, t => 20 + 0.01 * (t - 300.5));

        Assert.Equal([101, 201, 251, 281], _run.Forecasts.Select(f => f.Step));
        Assert.All(_run.Forecasts, f => Assert.Equal((301, 301, 301), (f.Expected, f.Line, f.Parabola)));
        Assert.All(_run.Scores, s => Assert.Equal((301, 301, 0, true, null), (s.Step, s.Actual, s.ErrorSteps, s.WithinRange, s.Withdrawn)));
        Assert.Equal(4, _run.Scores.Count);
    }

    [Fact]
    public void The_jumps_of_the_start_are_not_extrapolated()
    {
        // In the manner of a network that begins to learn: S falls, rises fast where it has fallen, and settles at two fifths of T.
        _run.Follow(0, 30, t => 8 - 2 * Math.Exp(-Math.Pow((t - 12) / 6.0, 2)));

        Assert.Empty(_run.Forecasts);
    }

    [Fact]
    public void A_sharpness_that_jumps_about_is_hardly_ever_extrapolated()
    {
        var random = new Random(1);
        var starts = 0;
        for (var i = 0; i < 50; i++)
        {
            using var run = new ForecastRun();
            for (var t = 0; t < 40; t++)
            {
                run.Add(t, 14 + 5 * random.NextDouble(), 2 * random.NextDouble() - 1);
            }

            starts += run.Forecasts.Count > 0 ? 1 : 0;
        }

        Assert.InRange(starts, 0, 5);
    }

    [Fact]
    public void A_trend_does_not_make_up_for_an_alpha_that_is_negative()
    {
        // S falls until step 60; its parabola is at T at step 160.
        _run.Follow(0, 161, t => 19 + 1e-4 * (t - 60) * (t - 60));

        Assert.All(_run.Forecasts, f => Assert.True(f.Step > 60));
        Assert.Equal(161, _run.Forecasts[^1].Expected);
        Assert.Equal(161, _run.Scores[^1].Actual);
    }

    [Fact]
    public void Below_half_of_the_threshold_a_trend_alone_is_no_forecast()
    {
        _run.Follow(0, 201, t => 8 + 3e-4 * t * t);

        Assert.NotEmpty(_run.Forecasts);
        Assert.All(_run.Forecasts, f => Assert.True(8 + 3e-4 * f.Step * f.Step >= 10));
    }

    [Theory]
    [InlineData(1, 1)] // α moves S by one unit in the last place per step
    [InlineData(1e12, 1e16)] // α = −g⊥·∇S⊥ is what is left of 10¹⁶
    public void An_alpha_of_rounding_is_no_forecast(double ulps, double gradient)
    {
        var ulp = Math.BitIncrement(19.0) - 19;
        for (var t = 0L; t < 60; t++)
        {
            _run.Add(t, 20 - (70 - t) * ulps * ulp, ulps * ulp / ForecastRun.Rate, gradient: gradient);
        }

        Assert.Empty(_run.Forecasts);
    }

    [Fact]
    public void A_forecast_is_missed_once_its_range_has_passed_by_half_of_its_length()
    {
        // The rise stops at step 220: S stays 0.6 below T.
        _run.Follow(0, 400, t => 20 + 0.01 * (Math.Min(t, 240) - 300.5));

        Assert.Equal([101, 201], _run.Forecasts.Select(f => f.Step));
        Assert.Equal(302, _run.Forecasts[0].Latest);
        Assert.Equal([(302 + 50 + 1, 201), (302 + 100 + 1, 101)], Missed(_run.Forecasts));
        Assert.All(_run.Scores, s => Assert.Equal((null, null, 353), (s.Actual, s.Withdrawn, s.Step)));
        Assert.Equal(201, Assert.Single(_run.Scores).ForecastStep);
        Assert.Contains("did not come", _run.Scores[0].Describe(), StringComparison.Ordinal);

        // The first has its own time, and the next rise is forecast again.
        _run.Follow(401, 700, t => 19.395 + 0.01 * (t - 450));
        Assert.Equal([353, 403], _run.Scores.Where(s => s.Actual is null).Select(s => s.Step));
        Assert.NotEmpty(_run.Forecasts.Skip(2));
        Assert.All(_run.Scores.Skip(2), s => Assert.Equal(511, s.Actual));

        static IEnumerable<(long, long)> Missed(IEnumerable<ForecastEvent> said) =>
            said.Select(f => (f.Latest!.Value + (f.Latest.Value - f.Step) / 2 + 1, f.Step)).Order();
    }

    [Fact]
    public void A_change_of_the_learning_rate_withdraws_the_forecasts_and_begins_anew()
    {
        _run.Follow(0, 220, t => 20 + 0.01 * (t - 300.5));
        _run.Follow(221, 270, t => 20 + 0.01 * (t - 300.5), rate: 0.099); // T = 20.2
        Assert.Equal([(221, 101), (221, 201)], _run.Scores.Select(s => (s.Step, s.ForecastStep)));
        Assert.All(_run.Scores, s => Assert.Equal((null, null, "the learning rate changed"), (s.Actual, s.ErrorSteps, s.Withdrawn)));
        Assert.Contains("is withdrawn: the learning rate changed", _run.Scores[0].Describe(), StringComparison.Ordinal);

        Assert.Equal(241, _run.Forecasts[2].Step);
        Assert.Equal(321, _run.Forecasts[2].Expected);
    }

    [Fact]
    public void A_crossing_that_a_change_of_the_learning_rate_makes_scores_nothing()
    {
        _run.Follow(0, 250, t => 20 + 0.01 * (t - 300.5));
        _run.Follow(251, 251, t => 20 + 0.01 * (t - 300.5), rate: 0.11); // T = 18.2
        _run.Finish();

        Assert.NotEmpty(_run.Events.OfType<CrossingEvent>());
        Assert.All(_run.Scores, s => Assert.Equal((null, "the learning rate changed"), (s.Actual, s.Withdrawn)));
        Assert.Equal(2, _run.Scores.Count);
    }

    [Fact]
    public void A_learning_rate_that_changes_at_every_step_has_no_forecasts()
    {
        for (var t = 0L; t < 300; t++)
        {
            _run.Follow(t, t, s => 20 + 0.01 * (s - 300.5), ForecastRun.Rate * (1 - 1e-6 * t));
        }

        Assert.Empty(_run.Forecasts);
    }

    [Theory]
    [InlineData(302, "the run ended")]
    [InlineData(303, null)]
    public void At_the_end_of_the_run_a_forecast_is_missed_only_if_its_range_has_passed(long end, string? withdrawn)
    {
        // The rise stops after the first forecast.
        _run.Follow(0, end, t => 20 + 0.01 * (Math.Min(t, 120) - 300.5));
        _run.Finish();

        var (said, score) = (Assert.Single(_run.Forecasts), Assert.Single(_run.Scores));
        Assert.Equal((101, 302), (said.Step, said.Latest));
        Assert.Equal((end, null, withdrawn), (score.Step, score.Actual, score.Withdrawn));
    }
}
