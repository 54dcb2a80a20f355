namespace LossSpikes.Tests.Monitors.Detection;

/// <summary>
/// The definitions of crossings and spikes, applied to whole columns with hindsight: no state, no stream, nothing shared with
/// the detectors.
/// </summary>
internal sealed class EventDefinitions(
    double[] loss, double?[] sharpness, double[] threshold, double epsilon, double minRise = 0.05, int maxOpen = 500, double divergenceFactor = 1e4)
{
    public sealed record Crossing(int Step, bool Up);

    public sealed record Spike(int Onset, int Open, int Peak, int End, string Outcome, double Rise, int? FirstAbove, int? SharpnessPeak);

    public List<Crossing> Crossings()
    {
        var measured = Enumerable.Range(0, loss.Length).Where(t => sharpness[t] is not null).ToList();
        return [.. measured.Select((t, i) => (Step: t, Before: i == 0 ? (int?)null : measured[i - 1]))
            .Where(m => Above(m.Step) != (m.Before is { } b && Above(b)))
            .Select(m => new Crossing(m.Step, Above(m.Step)))];
    }

    public List<Spike> Spikes()
    {
        var spikes = new List<Spike>();
        var start = 0;
        while (start < loss.Length)
        {
            // The opening: the first step above (1 + min_rise) times the running minimum from `start` on, or a diverging one.
            var open = Enumerable.Range(start, loss.Length - start).FirstOrDefault(t => Diverges(t) || Floor(t) > (1 + minRise) * Floor(Lowest(start, t)), -1);
            if (open < 0)
            {
                return spikes;
            }

            var onset = Lowest(start, open);
            var end = Enumerable.Range(open, loss.Length - open).FirstOrDefault(
                t => Diverges(t) || !(loss[t] > 0) || Floor(t) <= (1 + minRise) * Floor(onset) || t - open > maxOpen, -1);
            var outcome = end < 0 ? "unfinished" : Diverges(end) ? "diverged" : Floor(end) <= (1 + minRise) * Floor(onset) ? "recovered" : "sustained";
            end = end < 0 ? loss.Length - 1 : end;
            var peak = Enumerable.Range(open, end - open + 1).MaxBy(t => double.IsNaN(loss[t]) ? double.PositiveInfinity : loss[t]);
            spikes.Add(new Spike(
                onset, open, peak, end, outcome, Floor(peak) / Floor(onset),
                First(Enumerable.Range(start == 0 ? 0 : start + 1, end - (start == 0 ? 0 : start + 1) + 1).Where(Above)),
                First(Enumerable.Range(onset, end - onset + 1).Where(t => sharpness[t] is not null).OrderByDescending(t => sharpness[t]).ThenBy(t => t))));
            if (outcome is "diverged" or "unfinished")
            {
                return spikes;
            }

            start = end;
        }

        return spikes;
    }

    private bool Above(int t) => sharpness[t] > threshold[t];

    private bool Diverges(int t) => !double.IsFinite(loss[t]) || loss[t] > divergenceFactor * loss[0];

    private double Floor(int t) => Math.Max(loss[t], epsilon * loss[0]);

    /// <summary>The step of the lowest loss in from…to, the earliest on a tie; a step that is not a number is never lowest.</summary>
    private int Lowest(int from, int to) => Enumerable.Range(from, to - from + 1).MinBy(t => double.IsNaN(loss[t]) ? double.PositiveInfinity : Floor(t));

    private static int? First(IEnumerable<int> steps) => steps.Select(t => (int?)t).FirstOrDefault();
}
