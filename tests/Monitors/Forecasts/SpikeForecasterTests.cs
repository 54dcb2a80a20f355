using LossSpikes.Monitors;

namespace LossSpikes.Tests.Monitors.Forecasts;

/// <summary>
/// Forecasts of spikes against losses that are made up: the forecast of step 20 is that of the two-variable map, written out here, and the
/// hill is where a test puts it.
/// </summary>
public sealed class SpikeForecasterTests : IDisposable
{
    private const long Said = 20;
    private const double Alpha = 0.5, Above = 0.4, Start = 1e-3;

    private static readonly (long Peak, double X) Map = Peak();

    private readonly ForecastRun _run = new(new SpikeRules { MaxOpen = 60 });
    private long _next;

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_hill_that_the_loss_comes_back_from_is_scored_at_its_peak()
    {
        Begin();
        Hill(Map.Peak, Map.X, to: 1);

        var score = Assert.Single(_run.Scores);
        Assert.Equal(SpikeOutcome.Recovered, Assert.Single(_run.Spikes).Outcome);
        Assert.Equal((Map.Peak, 0, true), (score.Actual, score.ErrorSteps, score.WithinRange));
        Assert.Equal(0, score.ErrorDisplacement!.Value, 1e-12);
    }

    [Fact]
    public void A_hill_that_ends_in_a_valley_is_scored_when_the_next_one_opens()
    {
        Begin();
        Hill(Map.Peak, Map.X, to: 1.4);
        Hill(_next + 20, 3 * Map.X, to: 1.6, from: 1.4);

        var score = Assert.Single(_run.Scores);
        Assert.Equal(SpikeOutcome.Partial, _run.Spikes[0].Outcome);
        Assert.Equal((_run.Spikes[0].Step, Map.Peak, 0), (score.Step, score.Actual, score.ErrorSteps));
        Assert.Equal(0, score.ErrorDisplacement!.Value, 1e-12); // at this hill's peak, not at the higher one's
    }

    [Fact]
    public void A_rise_that_does_not_come_down_is_scored()
    {
        Begin();
        Go(Map.Peak - 4, 1);
        Go(Map.Peak - 1, 3);
        Go(Map.Peak, 3.01);
        Go(Map.Peak + 80, 3);

        Assert.Equal(SpikeOutcome.Sustained, _run.Spikes[0].Outcome);
        Assert.Equal((_run.Spikes[0].Step, Map.Peak), (Assert.Single(_run.Scores).Step, _run.Scores[0].Actual));
    }

    [Fact]
    public void A_divergence_is_scored()
    {
        Begin();
        Go(Map.Peak - 5, 1);
        Go(Map.Peak - 4, double.PositiveInfinity);

        var score = Assert.Single(_run.Scores);
        Assert.Equal((Map.Peak - 4, 4, null), (score.Actual, score.ErrorSteps, score.ErrorRise));
    }

    [Fact]
    public void A_forecast_of_the_next_spike_leaves_that_of_an_open_one_alone()
    {
        Begin();
        Hill(Map.Peak, Map.X, to: 1.4);
        Burst();
        Hill(_next + 20, 2 * Map.X, to: 1, from: 1.4);

        Assert.Equal([Said, _run.Forecasts[1].Step], _run.Scores.Select(s => s.ForecastStep));
        Assert.Equal(_run.Spikes.Select(s => (long?)s.PeakStep), _run.Scores.Select(s => s.Actual));
    }

    [Fact]
    public void Neither_a_peak_before_the_forecast_nor_a_rise_without_instability_is_what_was_forecast()
    {
        Go(11, 1);
        Go(12, 2); // a peak eight steps before
        Go(Said - 1, 1.2);
        Burst();
        Go(Said + 1, 1);
        Assert.Equal(SpikeOutcome.Recovered, Assert.Single(_run.Spikes).Outcome);
        Assert.Empty(_run.Scores);

        Go(Said + 20, 1, above: -1);
        Go(Said + 25, 2, above: -1); // the data changed
        Go(Said + 30, 1, above: -1);
        Assert.Equal(SpikeKind.Rise, _run.Spikes[1].Kind);
        Assert.Empty(_run.Scores);
    }

    [Fact]
    public void Without_a_hill_it_is_missed_once_the_range_has_passed_by_half_of_its_length()
    {
        Begin();
        var latest = _run.Forecasts[0].Latest!.Value;
        var deadline = latest + (latest - Said) / 2;
        Go(deadline, 1);
        Assert.Empty(_run.Scores);

        Go(deadline + 1, 1);
        var score = Assert.Single(_run.Scores);
        Assert.Equal((deadline + 1, null, null), (score.Step, score.Actual, score.Withdrawn));
    }

    [Fact]
    public void It_is_not_missed_while_a_hill_is_open_that_opened_in_time()
    {
        Begin();
        var latest = _run.Forecasts[0].Latest!.Value;
        var deadline = latest + (latest - Said) / 2;
        Go(latest, 1);
        Go(latest + 30, 2);
        Go(latest + 31, 2.05);
        Go(deadline + 1, 2);
        Assert.True(deadline < _next && latest + 60 > deadline);
        Assert.Empty(_run.Scores);

        Go(_next + 3, 1);
        Assert.Equal(latest + 31, Assert.Single(_run.Scores).Actual);
    }

    [Fact]
    public void A_change_of_the_learning_rate_before_the_hill_withdraws_it()
    {
        Begin();
        Go(Map.Peak - 20, 1);
        Go(_next, 1, rate: 0.099);

        var score = Assert.Single(_run.Scores);
        Assert.Equal((Map.Peak - 19, null, "the learning rate changed"), (score.Step, score.Actual, score.Withdrawn));
        Hill(Map.Peak, Map.X, to: 1, rate: 0.099);
        Assert.Single(_run.Scores);
        Assert.Single(_run.Spikes);
    }

    [Theory]
    [InlineData(1, "the learning rate changed")] // the loss may have turned because of it
    [InlineData(2, null)]
    public void A_change_of_the_learning_rate_on_a_hill_counts_unless_the_peak_has_passed(int after, string? withdrawn)
    {
        Begin();
        Hill(Map.Peak, Map.X, to: 2.5);
        Assert.Equal(Map.Peak + 1, _next);
        Go(Map.Peak + after - 1, 2.5);
        Go(_next, 2.5, rate: 0.09);
        Assert.Empty(_run.Scores);
        Go(_next + 5, 1, rate: 0.09);

        var score = Assert.Single(_run.Scores);
        Assert.Equal((withdrawn is null ? Map.Peak : null, withdrawn), (score.Actual, score.Withdrawn));
        Assert.Equal(_run.Spikes[0].Step, score.Step);
    }

    [Fact]
    public void The_end_of_the_run_before_the_range_has_passed_withdraws_it()
    {
        Begin();
        Go(_run.Forecasts[0].Latest!.Value, 1);
        _run.Finish();

        var score = Assert.Single(_run.Scores);
        Assert.Equal((null, "the run ended"), (score.Actual, score.Withdrawn));
    }

    [Theory]
    [InlineData(0, "the run ended")] // the loss may rise further
    [InlineData(1, "the run ended")]
    [InlineData(2, null)]
    public void At_the_end_of_the_run_an_open_hill_is_scored_if_its_peak_has_passed(int after, string? withdrawn)
    {
        Begin();
        Hill(Map.Peak, Map.X, to: 2.5);
        _next = Map.Peak + 1;
        Go(Map.Peak + after, 2.5);
        _run.Finish();

        var score = Assert.Single(_run.Scores);
        Assert.Equal(SpikeOutcome.Unfinished, _run.Spikes[0].Outcome);
        Assert.Equal((withdrawn is null ? Map.Peak : null, withdrawn), (score.Actual, score.Withdrawn));
    }

    [Fact]
    public void An_alpha_of_rounding_gives_no_number()
    {
        Go(Said - 1, 1);
        _run.Add(Said, 20.4, 1e-14, x: Start, beta: 1e-12, burst: true);

        var said = Assert.Single(_run.Forecasts);
        Assert.Null(said.Expected);
        Assert.Contains("rounding", said.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_learning_rate_that_is_changing_gives_no_number()
    {
        for (var t = 0; t < Said; t++)
        {
            _run.Add(t, 20.4, Alpha, rate: 0.1 * (1 + 1e-6 * t), x: Start);
        }

        _run.Add(Said, 20.4, Alpha, rate: 0.1 * (1 + 1e-6 * Said), x: Start, burst: true);

        var said = Assert.Single(_run.Forecasts);
        Assert.Null(said.Expected);
        Assert.Contains("the learning rate is changing", said.Why, StringComparison.Ordinal);
    }

    private static (long Step, double X) Peak()
    {
        var (step, x, y) = (Said, Start, Above);
        while (true)
        {
            var (next, turned) = (-(1 + ForecastRun.Rate * y) * x, y + ForecastRun.Rate * (Alpha - x * x / 2));
            if (Math.Abs(next) < Math.Abs(x))
            {
                return (step, Math.Abs(x));
            }

            (step, x, y) = (step + 1, next, turned);
        }
    }

    private void Begin()
    {
        Go(Said - 1, 1);
        Burst();
        Assert.Equal(Map.Peak, Assert.Single(_run.Forecasts).Expected);
    }

    private void Burst() => _run.Add(_next++, ForecastRun.Threshold + Above, Alpha, x: Start, burst: true);

    /// <summary>Steps up to one, all at the same loss.</summary>
    private void Go(long until, double loss, double rate = ForecastRun.Rate, double above = Above)
    {
        while (_next <= until)
        {
            _run.Add(_next++, 2 / rate + above, Alpha, rate, loss, Start);
        }
    }

    /// <summary>The loss stays, rises at two steps to 3 at the peak, and goes on at another level.</summary>
    private void Hill(long peak, double x, double to, double from = 1, double rate = ForecastRun.Rate)
    {
        Go(peak - 3, from, rate);
        Go(peak - 1, 2, rate);
        _run.Add(_next++, 2 / rate + Above, Alpha, rate, 3 + x, x);
        if (to < 2)
        {
            Go(peak + 8, to, rate);
        }
    }
}
