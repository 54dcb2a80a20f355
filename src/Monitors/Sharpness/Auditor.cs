using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Decides when a cold-start Lanczos run checks the tracker, and compares the two. A small residual says that a value is an
/// eigenvalue, never that it is the largest: only a run without memory of earlier steps can find a larger one.
/// </summary>
internal sealed class Auditor(MonitorOptions options)
{
    private long _last;
    private bool _requested;

    /// <summary>Calls for an early audit.</summary>
    public void Request() => _requested = true;

    /// <summary>An audit was made at <paramref name="step"/>.</summary>
    public void Made(long step) => (_last, _requested) = (step, false);

    /// <summary>Whether an audit is due: at the interval, or at half of it after a request.</summary>
    public bool IsDue(long step) =>
        options.AuditEvery > 0 && step - _last >= (_requested ? Math.Max(1, options.AuditEvery / 2) : options.AuditEvery);

    /// <summary>Ritz values are lower bounds, so only a cold value above the tracked one says that the tracker is wrong.</summary>
    public AuditEvent Compare(long step, Eigenpairs tracked, Eigenpairs cold)
    {
        Made(step);
        var values = cold.Values.Take(tracked.Values.Count).ToArray();
        var disagreement = values.Zip(tracked.Values, (c, t) => c - t).Max() / Math.Abs(values[0]);
        return new AuditEvent(step, tracked.Values, values, disagreement, disagreement > options.Tolerance, cold.MatVecs);
    }
}
