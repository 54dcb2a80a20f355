namespace LossSpikes.Lab.Runs;

/// <summary>What a run was doing at its end, judged over its last 500 steps (its second half when shorter). The rules are tried in this order.</summary>
internal enum RunBehaviour
{
    /// <summary>It ended in divergence.</summary>
    Diverged,

    /// <summary>A spike ended in these steps or was open at the end: bursts, or an orbit that never settles.</summary>
    Oscillating,

    /// <summary>The loss changed by less than a thousandth of itself, or lay below the floor of the spike definition.</summary>
    Converged,

    /// <summary>It had crossed the threshold, and S/T was on average within 0.8…1.2.</summary>
    Hovering,

    /// <summary>None of these: it was still on its way.</summary>
    Descending,
}
