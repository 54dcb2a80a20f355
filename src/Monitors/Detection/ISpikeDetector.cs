namespace LossSpikes.Monitors.Detection;

/// <summary>Finds spikes in the sequence of measurements.</summary>
internal interface ISpikeDetector
{
    /// <summary>Whether a spike is open.</summary>
    bool IsOpen { get; }

    /// <summary>The step at which the open spike opened; null where none is open.</summary>
    long? OpenStep { get; }

    /// <summary>The onset of the open spike, or of the next one; null before the first step.</summary>
    long? OnsetStep { get; }

    /// <summary>The events of a step.</summary>
    IEnumerable<MonitorEvent> Observe(Measurement now);

    /// <summary>Ends the run.</summary>
    /// <returns>The spike that is still open, as unfinished, or null.</returns>
    SpikeEvent? Finish();
}
