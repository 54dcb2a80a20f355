namespace LossSpikes.Monitors.Detection;

/// <summary>Finds the steps at which the measured sharpness passes the threshold. Step 0 above it counts as up.</summary>
public sealed class CrossingDetector
{
    private bool _above;

    /// <summary>The crossing at this step, or null.</summary>
    public CrossingEvent? Observe(Measurement measurement)
    {
        if (measurement.Sharpness is not { } sharpness || sharpness > measurement.Threshold == _above)
        {
            return null;
        }

        _above = !_above;
        return new CrossingEvent(measurement.Step, _above ? CrossingDirection.Up : CrossingDirection.Down, sharpness, measurement.Threshold);
    }
}
