namespace LossSpikes.Lab.Runs;

/// <summary>Errors of forecasts in one number.</summary>
/// <param name="Count">How many there are: a baseline that never reaches the threshold has none.</param>
/// <param name="MeanAbsolute">The mean of their sizes; null where there are none.</param>
internal sealed record MeanError(int Count, double? MeanAbsolute)
{
    /// <summary>No errors yet.</summary>
    public static MeanError None { get; } = new(0, null);

    /// <summary>With one more, if it is there.</summary>
    public MeanError With(double? error) =>
        error is { } e ? new MeanError(Count + 1, ((MeanAbsolute ?? 0) * Count + Math.Abs(e)) / (Count + 1)) : this;
}
