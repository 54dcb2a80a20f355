using LossSpikes.Monitors.Forecasts;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Decides at which steps the curvature is measured: at a fixed interval or, without one, adaptively. The largest speed of S/T among the last
/// measurements and a parabola through the last three say when it could reach 1 at the earliest, from below or from above, and the next
/// measurement comes after a quarter of that time. A loss that moves calls for a measurement at the next step, so that a crossing is detected at
/// its step.
/// </summary>
/// <param name="every">The fixed interval; null for adaptive measurement.</param>
/// <param name="explained">Whether spikes are explained: then every step is measured near the threshold, above it, while the loss rises and while a
/// spike is open.</param>
internal sealed class MeasurementSchedule(int? every, bool explained)
{
    private const int Longest = 64, Points = 8, Fewest = 3;
    private const double Near = -0.02, Caution = 4, Far = -0.2, LossChange = 0.1;

    private readonly List<(double Step, double Distance)> _seen = []; // S/T − 1
    private long _next, _gap = 1;
    private double _loss = double.PositiveInfinity, _measuredLoss, _threshold;

    /// <summary>Whether the curvature is measured at <paramref name="step"/>.</summary>
    public bool Measures(long step) => every is { } interval ? step % interval == 0 : step >= _next;

    /// <summary>Adds a step.</summary>
    /// <param name="seen">The measurement.</param>
    /// <param name="open">Whether a spike is open.</param>
    public void Observe(Measurement seen, bool open)
    {
        var urgent = explained && (open || seen.Loss > _loss);
        _loss = seen.HasLoss ? seen.Loss : _loss;
        urgent |= _seen.Count > 0 && LossMoved();
        if (seen.Sharpness is { } sharpness)
        {
            (_measuredLoss, _threshold) = (seen.Loss, seen.Threshold);
            _seen.Add((seen.Step, (sharpness / seen.Threshold) - 1));
            _seen.RemoveRange(0, Math.Max(0, _seen.Count - Points));
            urgent |= _seen.Count < Fewest || (explained && _seen[^1].Distance > Near);
            _gap = urgent ? 1 : Math.Max(1, Math.Min(2 * _gap, (long)Math.Min(Longest, Reach() / Caution)));
            _next = seen.Step + _gap;
        }
        else if (urgent || _seen.Count == 0 || ThresholdMoved(seen.Threshold))
        {
            (_gap, _next) = (1, seen.Step + 1);
        }
    }

    /// <summary>Whether the loss has risen since the last measurement or, not far below the threshold, moved at all.</summary>
    private bool LossMoved() => (_loss - _measuredLoss) / Math.Abs(_measuredLoss) is var change
        && (change > LossChange || (change < -LossChange && _seen[^1].Distance > Far));

    /// <summary>Whether the threshold has moved by at least half of the distance to it.</summary>
    private bool ThresholdMoved(double threshold) => ((1 + _seen[^1].Distance) * _threshold / threshold) - 1 is var distance
        && (distance > 0 != _seen[^1].Distance > 0 || Math.Abs(distance) < Math.Abs(_seen[^1].Distance) / 2);

    /// <summary>Steps until S/T could be 1.</summary>
    private double Reach()
    {
        var side = _seen[^1].Distance > 0 ? -1 : 1;
        var speed = _seen.Zip(_seen.Skip(1), (a, b) => Math.Abs(b.Distance - a.Distance) / (b.Step - a.Step)).Max();
        double[] reach =
        [
            Math.Abs(_seen[^1].Distance) / speed,
            Extrapolation.Parabola([.. _seen.TakeLast(Fewest).Select(p => (p.Step, side * p.Distance))], 0),
        ];
        return reach.Where(double.IsFinite).DefaultIfEmpty(double.PositiveInfinity).Min();
    }
}
