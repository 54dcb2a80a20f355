using System.Globalization;

namespace LossSpikes.Monitors.Forecasts;

/// <summary>
/// Forecasts the time and height of the next spike by the <see cref="TwoVariableMap"/>, started where an oscillation leaves the noise, and
/// scores it at the peak of the next hill of the loss, however that ended.
/// </summary>
/// <param name="epsilon">ε of the working precision.</param>
internal sealed class SpikeForecaster(double epsilon)
{
    // Another mode nearer to the threshold than this takes part in the burst.
    private const double OneMode = 0.7;

    private const int Span = 10, Farthest = 20_000, Slack = 2;

    private readonly RoundingLevel _rounding = new(epsilon);
    private readonly LearningRateWatch _rate = new();
    private readonly Queue<Measurement> _recent = new();
    private readonly List<Measurement> _ahead = []; // since the oldest forecast that is open
    private List<Pending> _pending = [];

    /// <summary>Adds one step, after the spikes that end at it are scored.</summary>
    /// <param name="seen">The step.</param>
    /// <param name="open">The step at which the spike opened that is open now, or null.</param>
    /// <returns>The forecasts that ended at this step, and a new forecast.</returns>
    public IEnumerable<MonitorEvent> Observe(Measurement seen, long? open)
    {
        if (_rate.Observe(seen))
        {
            // The peak of an open hill may have come before: that is known when the hill ends.
            _pending = [.. _pending.Select(p => p with { Overtaken = p.Overtaken ?? seen.Step })];
        }

        foreach (var ended in Ended(p => p.Overtaken is { } at
            ? open is null ? p.Said.Overtaken(at, ForecastEnd.RateChanged, seen.Step) : null
            : seen.Step > p.Said.Deadline() && !(open <= p.Said.Deadline()) ? p.Said.Missed(seen.Step) : null))
        {
            yield return ended;
        }

        if (seen.Explanation?.Alpha is not null)
        {
            _recent.Enqueue(seen);
            if (_recent.Count > Span + 1)
            {
                _recent.Dequeue();
            }
        }

        if (seen.Explanation?.Burst is { } burst)
        {
            var forecast = Forecast(seen, burst.Rank, burst.Alpha, burst.Beta);
            if (forecast.Expected is not null)
            {
                _pending.Add(new Pending(forecast));
            }

            yield return forecast;
        }
    }

    /// <summary>Keeps the displacements of a step while a forecast waits for them, before the spikes that end at it are scored.</summary>
    public void Remember(Measurement seen)
    {
        if (_pending.Count > 0)
        {
            _ahead.Add(seen);
        }
    }

    /// <summary>Scores the forecasts of a spike that has ended.</summary>
    public IReadOnlyList<ForecastScoredEvent> Score(SpikeEvent spike) => Ended(p =>
    {
        if (!spike.IsInstability || spike.PeakStep <= p.Said.Step)
        {
            return p.Overtaken is { } at ? p.Said.Overtaken(at, ForecastEnd.RateChanged, spike.Step) : null;
        }

        var overtaken = p.Overtaken ?? (spike.Outcome == SpikeOutcome.Unfinished ? spike.Step : null);
        return spike.PeakStep + Slack > overtaken
            ? p.Said.Withdrawn(spike.Step, p.Overtaken is null ? ForecastEnd.RunEnded : ForecastEnd.RateChanged)
            : Score(p.Said, spike);
    });

    /// <summary>Ends the run.</summary>
    /// <returns>The forecasts that have not come true.</returns>
    public IReadOnlyList<ForecastScoredEvent> Finish(long step) => Ended(p => p.Said.Overtaken(step, ForecastEnd.RunEnded, step));

    private List<ForecastScoredEvent> Ended(Func<Pending, ForecastScoredEvent?> end)
    {
        var ended = _pending.Select(end).ToList();
        _pending = [.. _pending.Where((_, i) => ended[i] is null)];
        if (_pending.Count == 0)
        {
            _ahead.Clear();
        }

        return [.. ended.OfType<ForecastScoredEvent>()];
    }

    private ForecastScoredEvent Score(ForecastEvent forecast, SpikeEvent spike)
    {
        var x = _ahead.Find(m => m.Step == spike.PeakStep) is { } peak ? Displacement(peak, forecast.Mode!.Value) : null;
        var rise = forecast.Rise / (spike.PeakLoss - spike.OnsetLoss) - 1;
        return new ForecastScoredEvent(spike.Step, ForecastKind.Spike, forecast.Step, forecast.Expected!.Value)
        {
            Actual = spike.PeakStep,
            ErrorSteps = forecast.Expected - spike.PeakStep,
            WithinRange = forecast.Earliest <= spike.PeakStep && spike.PeakStep <= forecast.Latest,
            Displacement = x,
            ErrorDisplacement = forecast.Displacement / x - 1,
            ErrorDisplacementClosedForm = forecast.DisplacementClosedForm / x - 1,
            ErrorRise = double.IsFinite(spike.PeakLoss) ? rise : null,
        };
    }

    private ForecastEvent Forecast(Measurement seen, int rank, double alpha, double beta)
    {
        var explained = seen.Explanation!;
        double[] all = [.. seen.Eigenvalues, .. explained.Guards];
        var forecast = new ForecastEvent(seen.Step, ForecastKind.Spike) { Rank = rank, Mode = explained.Modes[rank - 1] };
        var other = all.Where((_, i) => i != rank - 1).Max() / seen.Threshold;
        if (other > OneMode)
        {
            return forecast with
            {
                Why = string.Create(
                    CultureInfo.InvariantCulture,
                    $"another eigenvalue is at {other:F2} of the threshold: one mode is not enough to say when the spike comes"),
            };
        }

        if (seen.Step - _rate.LastChange < BurstDetector.Steps - 1)
        {
            return forecast with { Why = "the learning rate is changing: when the spike comes follows from a constant one" };
        }

        if (_rounding.Covers(alpha, beta, all[rank - 1], seen))
        {
            return forecast with { Why = "α is at the level of rounding: the sharpness is not rising" };
        }

        if (!(alpha > 0))
        {
            return forecast with
            {
                Why = double.IsNaN(alpha)
                    ? "∇S is not known: there is nothing to say when the spike comes"
                    : "α is negative: the sharpness is not rising",
            };
        }

        var (x, y) = (explained.Oscillations[rank - 1], all[rank - 1] - seen.Threshold);
        var map = new TwoVariableMap(seen.LearningRate!.Value, alpha, beta);
        var trend = rank == 1 && _recent.TryPeek(out var oldest) && oldest.Step < seen.Step
            ? (alpha - oldest.Explanation!.Alpha!.Value) / (seen.Step - oldest.Step)
            : 0;
        var steady = map.Peak(x, y, Farthest);
        var best = (map with { AlphaTrend = trend }).Peak(x, y, Farthest) ?? steady;
        if (best is null)
        {
            return forecast with { Why = "the map gives no peak" };
        }

        long[] steps = [best.Value.Steps, steady?.Steps ?? best.Value.Steps];
        return forecast with
        {
            Expected = seen.Step + best.Value.Steps,
            Earliest = seen.Step + Math.Max(1, steps.Min() - Slack),
            Latest = seen.Step + steps.Max() + Slack,
            Displacement = best.Value.X,
            DisplacementClosedForm = map.LargestX(x, y),
            Rise = seen.Threshold * best.Value.X * best.Value.X / 2,
        };
    }

    private static double? Displacement(Measurement seen, int mode)
    {
        var rank = seen.Explanation?.Modes.ToList().IndexOf(mode) ?? -1;
        return rank >= 0 && rank < seen.GradientDots.Count ? Math.Abs(seen.GradientDots[rank] / seen.Eigenvalues[rank]) : null;
    }

    /// <param name="Said">The forecast.</param>
    /// <param name="Overtaken">The step at which η changed.</param>
    private sealed record Pending(ForecastEvent Said, long? Overtaken = null);
}
