namespace LossSpikes.Monitors.Forecasts;

/// <summary>
/// Forecasts when the sharpness will pass the threshold: S + ηαΔ with the trend of α (Damian 2022, arXiv 2209.15594). Below the edge
/// S rises by ηα per step.
/// </summary>
/// <param name="epsilon">ε of the working precision.</param>
internal sealed class CrossingForecaster(double epsilon)
{
    /// <summary>How many steps ahead forecasts are made: one at each distance, before each crossing.</summary>
    public static readonly long[] Leads = [200, 100, 50, 20];

    // Steps over which the trend is taken; the parabola reaches twice as far back.
    private const int Span = 10;

    // Above this share of δ the oscillation itself changes the sharpness.
    private const double Calm = 0.1;

    // Where the ways of extrapolating differ by a larger factor, S follows none of them: the noise of the start, or a trend of α alone.
    private const double Agreement = 2;

    private readonly RoundingLevel _rounding = new(epsilon);
    private readonly LearningRateWatch _rate = new();
    private readonly List<Measurement> _recent = [];
    private readonly List<ForecastEvent> _pending = [];
    private int _made;

    /// <summary>Adds one step.</summary>
    /// <returns>The scores of forecasts that ended at this step, and a new forecast.</returns>
    public IEnumerable<MonitorEvent> Observe(Measurement seen)
    {
        if (_rate.Observe(seen))
        {
            foreach (var forecast in _pending)
            {
                yield return forecast.Overtaken(seen.Step, ForecastEnd.RateChanged, seen.Step);
            }

            Begin();
        }

        if (seen.Sharpness is null)
        {
            yield break;
        }

        if (seen.Sharpness > seen.Threshold)
        {
            foreach (var forecast in _pending)
            {
                yield return Score(forecast, seen.Step);
            }

            Begin();
            yield break;
        }

        foreach (var late in _pending.Where(f => seen.Step > f.Deadline()).ToList())
        {
            yield return late.Missed(seen.Step);
            _pending.Remove(late);
            _made = _pending.Count == 0 ? 0 : _made;
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
    /// <returns>The forecasts that have not come true.</returns>
    public IEnumerable<MonitorEvent> Finish(long step) => _pending.Select(f => f.Overtaken(step, ForecastEnd.RunEnded, step));

    private void Begin()
    {
        _pending.Clear();
        _recent.Clear();
        _made = 0;
    }

    private ForecastEvent? Forecast(Measurement seen)
    {
        var explained = seen.Explanation!;
        var middle = _recent.FindLastIndex(m => m.Step <= seen.Step - Span);
        if (middle < 1 || _recent[0].Step > seen.Step - 2 * Span || explained.Delta is null
            || !(explained.Oscillations.Count > 0 && Math.Abs(explained.Oscillations[0]) < Calm * explained.Delta)
            || _rounding.Covers(explained.Alpha!.Value, explained.Beta!.Value, seen.Sharpness!.Value, seen))
        {
            return null;
        }

        (double, double)[] points = [.. new[] { _recent[0], _recent[middle], seen }.Select(m => ((double)m.Step, m.Sharpness!.Value))];
        var rate = seen.LearningRate!.Value * explained.Alpha.Value;
        var before = _recent[middle];
        var trend = seen.LearningRate.Value * (explained.Alpha.Value - before.Explanation!.Alpha!.Value) / (seen.Step - before.Step);
        var straight = Extrapolation.Reach(seen.Sharpness.Value, rate, 0, seen.Threshold);
        var best = Extrapolation.Reach(seen.Sharpness.Value, rate, trend / 2, seen.Threshold);
        var (line, parabola) = (Extrapolation.Line(points, seen.Threshold), Extrapolation.Parabola(points, seen.Threshold));
        double[] all = [straight, best, line, parabola];
        var trendAlone = seen.Sharpness < seen.Threshold / 2 && straight > Leads[_made];

        // all.Min() is NaN where one of them never gets there.
        if (!(all.Max() <= Agreement * all.Min() && best <= Leads[_made]) || trendAlone)
        {
            return null;
        }

        return new ForecastEvent(seen.Step, ForecastKind.Crossing)
        {
            Expected = At(best),
            Earliest = Math.Max(seen.Step + 1, At(all.Min()) - 1),
            Latest = At(all.Max()) + 1,
            Line = At(line),
            Parabola = At(parabola),
        };

        // The first whole step past it.
        long At(double delta) => seen.Step + Math.Max(1, (long)Math.Ceiling(delta));
    }

    private static ForecastScoredEvent Score(ForecastEvent forecast, long actual) =>
        new(actual, ForecastKind.Crossing, forecast.Step, forecast.Expected!.Value)
        {
            Actual = actual,
            ErrorSteps = forecast.Expected - actual,
            WithinRange = forecast.Earliest <= actual && actual <= forecast.Latest,
            ErrorStepsLine = forecast.Line - actual,
            ErrorStepsParabola = forecast.Parabola - actual,
        };
}
