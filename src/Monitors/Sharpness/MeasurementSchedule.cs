using LossSpikes.Monitors.Forecasts;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Decides at which steps the curvature is measured: at a fixed interval or, without one, adaptively. Far below the threshold the
/// sharpness changes slowly; a straight line and a parabola through the last measurements say when it could cross at the earliest, and
/// the next measurement comes after a quarter of that time. Near the threshold, above it, while the loss rises and while a spike is
/// open, every step is measured, so that a crossing is detected within one step.
/// </summary>
/// <param name="every">The fixed interval; null for adaptive measurement.</param>
internal sealed class MeasurementSchedule(int? every)
{
    private const int Longest = 64, Points = 3;
    private const double Near = 0.98, Caution = 4;

    private readonly List<(double Step, double Ratio)> _seen = [];
    private long _next, _gap = 1;
    private double _loss = double.PositiveInfinity, _threshold;

    /// <summary>Whether the curvature is measured at <paramref name="step"/>.</summary>
    public bool Measures(long step) => every is { } interval ? step % interval == 0 : step >= _next;

    /// <summary>Adds a step.</summary>
    /// <param name="seen">The measurement.</param>
    /// <param name="open">Whether a spike is open.</param>
    public void Observe(Measurement seen, bool open)
    {
        var rises = seen.Loss > _loss;
        _loss = seen.HasLoss ? seen.Loss : _loss;
        if (seen.Sharpness is { } sharpness)
        {
            _seen.Add((seen.Step, sharpness / seen.Threshold));
            if (_seen.Count > Points)
            {
                _seen.RemoveAt(0);
            }

            _gap = open || rises || _seen.Count < Points || _seen[^1].Ratio > Near
                ? 1
                : Math.Max(1, Math.Min(2 * _gap, (long)Math.Min(Longest, Reach() / Caution)));
            _next = seen.Step + _gap;
        }
        else if (open || rises || _seen.Count == 0 || ThresholdFell(seen.Threshold))
        {
            (_gap, _next) = (1, seen.Step + 1);
        }

        _threshold = seen.Sharpness is null ? _threshold : seen.Threshold;
    }

    /// <summary>Whether the threshold fell by at least half of the distance to it.</summary>
    private bool ThresholdFell(double threshold) => _seen[^1].Ratio * _threshold / threshold > (1 + _seen[^1].Ratio) / 2;

    private double Reach()
    {
        double[] reach = [Extrapolation.Line(_seen, 1), Extrapolation.Parabola(_seen, 1)];
        return reach.Where(double.IsFinite).DefaultIfEmpty(double.PositiveInfinity).Min();
    }
}
