using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LossSpikes.Lab.Distributed;

/// <summary>
/// Ends this process when a message takes too long: a rank that hangs is not noticed by MPI, and the others would wait for it for ever, each at the
/// cost of a core. The launcher then ends the rest, and the run can be resumed.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int None = -1, ExitCode = 1;

    private readonly TimeSpan _timeout;
    private readonly int _rank;
    private readonly Timer _timer;
    private long _since;
    private volatile int _partner = None;

    /// <summary>Starts to watch.</summary>
    /// <param name="timeout">How long a message may take.</param>
    /// <param name="rank">The rank of this process.</param>
    public Watchdog(TimeSpan timeout, int rank)
    {
        (_timeout, _rank) = (timeout, rank);
        var interval = TimeSpan.FromTicks(Math.Max(timeout.Ticks / 10, TimeSpan.TicksPerSecond / 10));
        _timer = new Timer(_ => Look(), null, interval, interval);
    }

    /// <summary>Watches a message until what is returned is disposed.</summary>
    public Watch Guard(int partner)
    {
        Volatile.Write(ref _since, Stopwatch.GetTimestamp());
        _partner = partner;
        return new Watch(this);
    }

    public void Dispose() => _timer.Dispose();

    // The thread that waits is inside MPI and cannot be interrupted; what runs at an orderly end would wait too.
    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void EndAtOnce(int code);

    private void Look()
    {
        if (_partner is not None and var partner && Stopwatch.GetElapsedTime(Volatile.Read(ref _since)) is var waited && waited > _timeout)
        {
            Console.Error.WriteLine(FormattableString.Invariant(
                $"rank {_rank} has waited {waited.TotalSeconds:F0} s for rank {partner} (--collective-timeout) and ends the run; lab resume continues it"));
            Console.Error.Flush();
            EndAtOnce(ExitCode);
        }
    }

    /// <summary>The time that a message takes.</summary>
    internal readonly struct Watch(Watchdog owner) : IDisposable
    {
        public void Dispose() => owner._partner = None;
    }
}
