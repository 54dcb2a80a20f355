namespace LossSpikes.Monitors.Forecasts;

/// <summary>
/// Forecasts when the sharpness will pass the threshold: S + ηαΔ with the trend of α (Damian 2022, arXiv 2209.15594). Below the edge
/// S rises by ηα per step.
/// </summary>
internal sealed class CrossingForecaster
{
    /// <summary>How many steps ahead forecasts are made: one at each distance, before each crossing.</summary>
    public static readonly long[] Leads = [200, 100, 50, 20];

    // Steps over which the trend is taken; the parabola reaches twice as far back.
    private const int Span = 10;

    // Above this share of δ the oscillation itself changes the sharpness.
    private const double Calm = 0.1;

    private readonly List<Measurement> _recent = [];
    private readonly List<ForecastEvent> _pending = [];
    private int _made;

    /// <summary>Adds one step.</summary>
    /// <returns>The scores of forecasts that came true at this step, and a new forecast.</returns>
    public IEnumerable<MonitorEvent> Observe(Measurement seen)
    {
        if (seen.Sharpness is null)
        {
            yield break;
        }

        if (seen.Sharpness > seen.Threshold)
        {
            foreach (var forecast in _pending)
            {
                yield return Score(forecast, seen.Step, seen.Step);
            }

            _pending.Clear();
            _recent.Clear();
            _made = 0;
            yield break;
        }

        if (seen.Explanation?.Alpha is null)
        {
            yield break;
        }

        _recent.Add(seen);
        while (_recent.Count > 3 && _recent[1].Step <= seen.Step - 2 * Span)
        {
            _recent.RemoveAt(0);
        }

        if (_made < Leads.Length && Forecast(seen) is { } made)
        {
            _made = Leads.TakeWhile(lead => made.Expected - seen.Step <= lead).Count();
            _pending.Add(made);
            yield return made;
        }
    }

    /// <summary>Ends the run.</summary>
    /// <returns>The scores of forecasts that did not come true.</returns>
    public IEnumerable<MonitorEvent> Finish(long step) => _pending.Select(f => Score(f, step, null));

    private ForecastEvent? Forecast(Measurement seen)
    {
        var explained = seen.Explanation!;
        var middle = _recent.FindLastIndex(m => m.Step <= seen.Step - Span);
        if (middle < 1 || _recent[0].Step > seen.Step - 2 * Span || explained.Delta is null
            || !(explained.Oscillations.Count > 0 && Math.Abs(explained.Oscillations[0]) < Calm * explained.Delta))
        {
            return null;
        }

        (double, double)[] points = [.. new[] { _recent[0], _recent[middle], seen }.Select(m => ((double)m.Step, m.Sharpness!.Value))];
        var rate = seen.LearningRate!.Value * explained.Alpha!.Value;
        var before = _recent[middle];
        var trend = seen.LearningRate.Value * (explained.Alpha.Value - before.Explanation!.Alpha!.Value) / (seen.Step - before.Step);
        var straight = Extrapolation.Reach(seen.Sharpness!.Value, rate, 0, seen.Threshold);
        var best = Extrapolation.Reach(seen.Sharpness.Value, rate, trend / 2, seen.Threshold);
        best = double.IsNaN(best) ? straight : best;
        if (!(best <= Leads[_made]))
        {
            return null;
        }

        var (line, parabola) = (Extrapolation.Line(points, seen.Threshold), Extrapolation.Parabola(points, seen.Threshold));
        double[] all = [.. new[] { straight, best, line, parabola }.Where(double.IsFinite)];
        return new ForecastEvent(seen.Step, ForecastKind.Crossing)
        {
            Expected = At(best),
            Earliest = Math.Max(seen.Step + 1, At(all.Min()) - 1),
            Latest = At(all.Max()) + 1,
            Line = double.IsFinite(line) ? At(line) : null,
            Parabola = double.IsFinite(parabola) ? At(parabola) : null,
        };

        // The first whole step past it.
        long At(double delta) => seen.Step + (long)Math.Ceiling(Math.Min(delta, 1e9));
    }

    private static ForecastScoredEvent Score(ForecastEvent forecast, long step, long? actual) =>
        new(step, ForecastKind.Crossing, forecast.Step, forecast.Expected!.Value)
        {
            Actual = actual,
            ErrorSteps = forecast.Expected - actual,
            WithinRange = actual is null ? null : forecast.Earliest <= actual && actual <= forecast.Latest,
            ErrorStepsLine = forecast.Line - actual,
            ErrorStepsParabola = forecast.Parabola - actual,
        };
}
