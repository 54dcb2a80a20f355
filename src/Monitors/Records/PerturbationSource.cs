namespace LossSpikes.Monitors;

/// <summary>The perturbation that the oscillation of a spike grew from.</summary>
public enum PerturbationSource
{
    /// <summary>The rest of the displacement from the start or the last spike.</summary>
    Memory,

    /// <summary>
    /// Rounding: before the crossing the displacement had shrunk below the precision of the dtype. The spike's time and
    /// height are set by rounding; two correct programs put it at different steps.
    /// </summary>
    Rounding,
}
