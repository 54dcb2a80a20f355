using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// Decides when a cold-start Lanczos run checks the tracker, and compares the two. A small residual says that a value is an
/// eigenvalue, never that it is the largest: only a run without memory of earlier steps can find a larger one.
/// </summary>
internal sealed class Auditor(MonitorOptions options)
{
    /// <summary>The interval at first and after an audit that found something, and the longest, in measured steps; where the options do not say.</summary>
    public const int Shortest = 100, Longest = 400;

    private long _measured; // since the last one
    private bool _requested;
    private int _interval = options.AuditEvery ?? Shortest;

    /// <summary>Calls for an early audit.</summary>
    public void Request() => _requested = true;

    /// <summary>An audit was made. While audits find nothing, the interval doubles, unless the options give it.</summary>
    /// <param name="found">Whether the tracker was wrong.</param>
    public void Made(bool found)
    {
        (_measured, _requested) = (0, false);
        _interval = options.AuditEvery ?? (found ? Shortest : Math.Min(2 * _interval, Longest));
    }

    /// <summary>Counts a step, that of an audit included.</summary>
    public void Observe(Measurement seen) => _measured += seen.Sharpness is null ? 0 : 1;

    /// <summary>Whether an audit is due: at the interval, or at half of it after a request.</summary>
    public bool IsDue => _interval > 0 && _measured >= (_requested ? Math.Max(1, _interval / 2) : _interval);

    /// <summary>Ritz values are lower bounds, so only a cold value above the tracked one says that the tracker is wrong.</summary>
    public AuditEvent Compare(long step, Eigenpairs tracked, Eigenpairs cold)
    {
        var values = cold.Values.Take(tracked.Values.Count).ToArray();
        var disagreement = values.Zip(tracked.Values, (c, t) => c - t).Max() / Math.Abs(values[0]);
        Made(found: disagreement > options.Tolerance);
        return new AuditEvent(step, tracked.Values, values, disagreement, disagreement > options.Tolerance, cold.MatVecs);
    }
}
