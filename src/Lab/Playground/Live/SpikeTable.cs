using System.Runtime.CompilerServices;
using LossSpikes.Lab.Comparison;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>The spike statistics of the runs, from memory: computed once for the rows that there are, and one run at a time, however many pages ask.</summary>
internal sealed class SpikeTable
{
    private readonly ConditionalWeakTable<RunTrace, Entry> _known = [];
    private readonly Lock _turn = new();

    /// <summary>How often anything was computed.</summary>
    public int Computed { get; private set; }

    /// <summary>The statistics of one run; null before its first row. Cost: a copy of its columns, where there are new rows.</summary>
    public SpikeStatistics? Of(RunTrace trace)
    {
        lock (_turn)
        {
            var now = trace.Now();
            var rows = (now.Generation, now.Rows, now.Events.Count);
            if (now.Rows == 0)
            {
                return null;
            }

            if (!_known.TryGetValue(trace, out var known) || known.Rows != rows)
            {
                known = new Entry(rows, SpikeStatistics.Of(now.Compared(trace.Header.Name)));
                _known.AddOrUpdate(trace, known);
                Computed++;
            }

            return known.Statistics;
        }
    }

    private sealed record Entry((int Generation, int Rows, int Events) Rows, SpikeStatistics Statistics);
}
