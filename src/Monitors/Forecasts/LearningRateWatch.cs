namespace LossSpikes.Monitors.Forecasts;

/// <summary>Watches for changes of η. Forecasts hold for a constant η: any change ends them.</summary>
internal sealed class LearningRateWatch
{
    private double? _rate;

    /// <summary>The last step with another η than the step before.</summary>
    public long? LastChange { get; private set; }

    /// <summary>Adds one step, measured or not.</summary>
    /// <returns>Whether η has changed.</returns>
    public bool Observe(Measurement seen)
    {
        var changed = seen.LearningRate is { } now && _rate is { } before && now != before;
        _rate = seen.LearningRate ?? _rate;
        LastChange = changed ? seen.Step : LastChange;
        return changed;
    }
}
