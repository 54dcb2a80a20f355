using System.Text.Json;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// What a page is sent of the events of a run. At the edge of stability S crosses T all the time, and the curve shows it: of such events a page
/// gets the newest few of each kind, and how many there were.
/// </summary>
internal static class EventDigest
{
    /// <summary>The most events of one kind that are sent at a time, and the most crossings.</summary>
    public const int MostOfKind = 200, MostCrossings = 20;

    private const string Crossing = "crossing", OtherRise = "rise";

    /// <summary>What pages call the kind of an event: its name in events.jsonl, and <c>rise</c> for those that are no spikes.</summary>
    public static string Kind(MonitorEvent happened) => happened is SpikeEvent { IsInstability: false }
        ? OtherRise
        : JsonNamingPolicy.SnakeCaseLower.ConvertName(happened.GetType().Name[..^"Event".Length]);

    /// <summary>The numbers of the events to send, ascending.</summary>
    /// <param name="events">All events of the run.</param>
    /// <param name="from">The first one that the page has not seen.</param>
    public static int[] Kept(IReadOnlyList<MonitorEvent> events, int from)
    {
        var (kept, counts) = (new List<int>(), new Dictionary<string, int>());
        for (var i = events.Count - 1; i >= from; i--)
        {
            var kind = Kind(events[i]);
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
            if (counts[kind] <= (kind == Crossing ? MostCrossings : MostOfKind))
            {
                kept.Add(i);
            }
        }

        kept.Reverse();
        return [.. kept];
    }
}
