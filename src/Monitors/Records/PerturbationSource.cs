namespace LossSpikes.Monitors.Records;

/// <summary>Where the oscillation of a spike began.</summary>
public enum PerturbationSource
{
    /// <summary>In what was left of the displacement from the start or the last spike.</summary>
    Memory,

    /// <summary>
    /// In the last bit: before the crossing the displacement had shrunk below the precision of the dtype. The spike's time and
    /// height are set by rounding; two correct programs put it at different steps.
    /// </summary>
    Rounding,
}
