namespace LossSpikes.Monitors.Detection;

/// <summary>
/// Finds the steps at which the measured sharpness passes the threshold. Step 0 above it counts as up. An orbit that is on the other side at
/// every step is one event: after five changes in a row the detector says that the sides alternate, and no more until ten measured steps
/// were on one side.
/// </summary>
/// <param name="band">
/// See <see cref="MonitorOptions.CrossingBand"/>: the sharpness is below the threshold again once S ≤ (1 − band)·T, and above it where S > T.
/// </param>
public sealed class CrossingDetector(double band = 0)
{
    private const int MostChanges = 5, Calm = 10;

    private bool _above, _alternating;
    private int _changes, _same;
    private long _since;

    /// <summary>The crossing at this step, or null.</summary>
    public CrossingEvent? Observe(Measurement measurement)
    {
        if (measurement.Sharpness is not { } sharpness)
        {
            return null;
        }

        var bound = _above ? (1 - band) * measurement.Threshold : measurement.Threshold;
        if (sharpness > bound == _above)
        {
            _changes = 0;
            _alternating &= ++_same < Calm;
            return null;
        }

        _above = !_above;
        _same = 0;
        _since = _changes == 0 ? measurement.Step : _since;
        if (++_changes == MostChanges && !_alternating)
        {
            _alternating = true;
            return new CrossingEvent(measurement.Step, CrossingDirection.Alternating, sharpness, measurement.Threshold) { Since = _since };
        }

        return _alternating ? null
            : new CrossingEvent(measurement.Step, _above ? CrossingDirection.Up : CrossingDirection.Down, sharpness, measurement.Threshold);
    }
}
