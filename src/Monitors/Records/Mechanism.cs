namespace LossSpikes.Monitors;

/// <summary>The mechanism of a spike. docs/explanation.md lists the rules that decide; the first that holds counts.</summary>
public enum Mechanism
{
    /// <summary>The loss passed the divergence bound.</summary>
    Divergence,

    /// <summary>No instability explains the rise: changed data, noise, momentum passing through a minimum.</summary>
    Unknown,

    /// <summary>No instability: the batch was extreme at the parameters before the rise too, and others are not.</summary>
    BadBatch,

    /// <summary>No instability: what mini-batches scatter by.</summary>
    Noise,

    /// <summary>The optimizer's state was reset: P fell by more than a moving average can.</summary>
    StateReset,

    /// <summary>No instability: momentum passing a minimum along a stable mode, twice a period.</summary>
    MomentumRipple,

    /// <summary>The threshold came down to the sharpness because the learning rate rose.</summary>
    LearningRateChange,

    /// <summary>The sharpness was above the threshold from the start.</summary>
    Catapult,

    /// <summary>An oscillation that had not died since the last spike, or does not die after this one.</summary>
    SustainedOscillation,

    /// <summary>P shrank while the Hessian itself hardly moved; with mini-batches, v̂ lagged behind g².</summary>
    Preconditioner,

    /// <summary>The mode that burst was not the first one when the sharpness crossed the threshold.</summary>
    SecondEigenvalue,

    /// <summary>Progressive sharpening carried the sharpness above the threshold, and the oscillation along its eigenvector grew.</summary>
    EdgeOfStability,
}
