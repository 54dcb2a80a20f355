using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Decides when a cold-start Lanczos run checks the tracker, and compares the two. A small residual says that a value is an
/// eigenvalue, never that it is the largest: only a run without memory of earlier steps can find a larger one.
/// </summary>
internal sealed class Auditor(MonitorOptions options)
{
    private long _measured; // since the last one
    private bool _requested;

    /// <summary>Calls for an early audit.</summary>
    public void Request() => _requested = true;

    /// <summary>An audit was made.</summary>
    public void Made() => (_measured, _requested) = (0, false);

    /// <summary>Counts a step, that of an audit included.</summary>
    public void Observe(Measurement seen) => _measured += seen.Sharpness is null ? 0 : 1;

    /// <summary>Whether an audit is due: at the interval, or at half of it after a request.</summary>
    public bool IsDue =>
        options.AuditEvery > 0 && _measured >= (_requested ? Math.Max(1, options.AuditEvery / 2) : options.AuditEvery);

    /// <summary>Ritz values are lower bounds, so only a cold value above the tracked one says that the tracker is wrong.</summary>
    public AuditEvent Compare(long step, Eigenpairs tracked, Eigenpairs cold)
    {
        Made();
        var values = cold.Values.Take(tracked.Values.Count).ToArray();
        var disagreement = values.Zip(tracked.Values, (c, t) => c - t).Max() / Math.Abs(values[0]);
        return new AuditEvent(step, tracked.Values, values, disagreement, disagreement > options.Tolerance, cold.MatVecs);
    }
}
