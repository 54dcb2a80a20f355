using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Decides when a cold Lanczos run checks the tracker, and judges what it finds. A small residual says that a value is an
/// eigenvalue, never that it is the largest: only a run that forgets the past can.
/// </summary>
internal sealed class Auditor(MonitorOptions options)
{
    private long _last;
    private bool _expected;

    /// <summary>Something happened that calls for an early audit.</summary>
    public void Expect() => _expected = true;

    /// <summary>An audit was made at <paramref name="step"/>.</summary>
    public void Done(long step) => (_last, _expected) = (step, false);

    /// <summary>Whether it is time: at the interval, or after an event when half of it has passed.</summary>
    public bool IsDue(long step) =>
        options.AuditEvery > 0 && step - _last >= (_expected ? Math.Max(1, options.AuditEvery / 2) : options.AuditEvery);

    /// <summary>Ritz values are lower bounds, so only a cold value above the tracked one says that the tracker is wrong.</summary>
    public AuditEvent Compare(long step, Eigenpairs tracked, Eigenpairs cold)
    {
        Done(step);
        var values = cold.Values.Take(tracked.Values.Count).ToArray();
        var disagreement = values.Zip(tracked.Values, (c, t) => c - t).Max() / Math.Abs(values[0]);
        return new AuditEvent(step, tracked.Values, values, disagreement, disagreement > options.Tolerance, cold.Products);
    }
}
