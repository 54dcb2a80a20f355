using System.Globalization;

namespace LossSpikes.Monitors.Forecasts;

/// <summary>Forecasts the time and height of the next spike by the <see cref="TwoVariableMap"/>, started where an oscillation leaves the noise.</summary>
internal sealed class SpikeForecaster
{
    // Another mode nearer to the threshold than this takes part in the burst.
    private const double OneMode = 0.7;

    private const int Span = 10, Farthest = 20_000, Slack = 2;

    private readonly Queue<Measurement> _recent = new();
    private ForecastEvent? _pending;
    private Measurement? _loudest;

    /// <summary>Adds one step.</summary>
    /// <returns>The score of a forecast whose spike has not come, and a new forecast.</returns>
    public IEnumerable<MonitorEvent> Observe(Measurement seen)
    {
        if (_pending is not null && !(seen.Loss <= _loudest?.Loss))
        {
            _loudest = seen;
        }

        if (seen.Explanation?.Alpha is not null)
        {
            _recent.Enqueue(seen);
            if (_recent.Count > Span + 1)
            {
                _recent.Dequeue();
            }
        }

        if (seen.Explanation?.Burst is not { } burst)
        {
            yield break;
        }

        if (Finish(seen.Step) is { } missed)
        {
            yield return missed;
        }

        var forecast = Forecast(seen, burst.Rank, burst.Alpha, burst.Beta);
        (_pending, _loudest) = (forecast.Expected is null ? null : forecast, null);
        yield return forecast;
    }

    /// <summary>Scores the forecast of a spike that has ended.</summary>
    /// <returns>The score, or null where the spike was not forecast.</returns>
    public ForecastScoredEvent? Score(SpikeEvent spike)
    {
        if (_pending is not { } forecast || spike.PeakStep <= forecast.Step)
        {
            return null;
        }

        _pending = null;
        var x = _loudest?.Step == spike.PeakStep ? Displacement(_loudest, forecast.Mode!.Value) : null;
        return new ForecastScoredEvent(spike.Step, ForecastKind.Spike, forecast.Step, forecast.Expected!.Value)
        {
            Actual = spike.PeakStep,
            ErrorSteps = forecast.Expected - spike.PeakStep,
            WithinRange = forecast.Earliest <= spike.PeakStep && spike.PeakStep <= forecast.Latest,
            Displacement = x,
            ErrorDisplacement = forecast.Displacement / x - 1,
            ErrorDisplacementClosedForm = forecast.DisplacementClosedForm / x - 1,
            ErrorRise = forecast.Rise / (spike.PeakLoss - spike.OnsetLoss) - 1,
        };
    }

    /// <summary>The score of a forecast whose spike did not come, or null.</summary>
    public ForecastScoredEvent? Finish(long step) =>
        _pending is { } forecast ? new ForecastScoredEvent(step, ForecastKind.Spike, forecast.Step, forecast.Expected!.Value) : null;

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
        var oldest = _recent.Peek();
        var trend = rank == 1 && oldest.Step < seen.Step ? (alpha - oldest.Explanation!.Alpha!.Value) / (seen.Step - oldest.Step) : 0;
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
}
