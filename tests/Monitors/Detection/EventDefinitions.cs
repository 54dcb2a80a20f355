namespace LossSpikes.Tests.Monitors.Detection;

/// <summary>
/// The definitions of crossings and spikes (docs/run-folder.md), applied to whole columns: nothing is shared with the detectors. A spike is a
/// hill of the envelope e_t = max(L_(t−1), L_t).
/// </summary>
internal sealed class EventDefinitions(
    double[] loss,
    double?[] sharpness,
    double[] threshold,
    double epsilon,
    double minRise = 0.05,
    int maxOpen = 500,
    double divergenceFactor = 1e4,
    double lossScale = 0,
    double band = 0)
{
    public sealed record Crossing(int Step, string Direction);

    public sealed record Spike(
        int Onset, int Open, int Peak, int End, string Outcome, string Kind, double? Rise, int? FirstAbove, double? HighestSharpness, double? Residual);

    /// <summary>Changes of side among measured steps; the fifth in a row says that they alternate, and none follows before ten steps on one side.</summary>
    public List<Crossing> Crossings()
    {
        var measured = Enumerable.Range(0, loss.Length).Where(t => sharpness[t] is not null).ToList();
        List<bool> sides = [];
        foreach (var t in measured)
        {
            sides.Add(sharpness[t] > (sides.LastOrDefault() ? (1 - band) * threshold[t] : threshold[t]));
        }

        var changed = sides.Select((side, i) => side != (i > 0 && sides[i - 1])).ToList();
        var found = new List<Crossing>();
        var quiet = false;
        for (var i = 0; i < measured.Count; i++)
        {
            quiet &= !Enumerable.Range(0, 10).All(back => i - back >= 0 && !changed[i - back]);
            if (!changed[i] || quiet)
            {
                continue;
            }

            quiet = i >= 4 && Enumerable.Range(i - 4, 5).All(j => changed[j]);
            found.Add(new Crossing(measured[i], quiet ? "Alternating" : sides[i] ? "Up" : "Down"));
        }

        return found;
    }

    public List<Spike> Spikes()
    {
        var found = new List<Spike>();
        var (start, previousEnd) = (0, -1);
        while (start < loss.Length && !Diverges(start))
        {
            (start, previousEnd) = Hills(start, previousEnd, found);
            if (found.LastOrDefault() is { Outcome: "diverged" or "unfinished" } || start < 0)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The hills from a first step on, up to the end or a divergence.</summary>
    private (int Next, int PreviousEnd) Hills(int first, int previousEnd, List<Spike> found)
    {
        var (onset, @base, t) = (first, loss[first], first);
        int? opened = null;
        var (peak, top, valley, bottom, since) = (0, 0.0, 0, 0.0, previousEnd);
        for (t = first + 1; t < loss.Length; t++)
        {
            if (Diverges(t))
            {
                found.Add(Record(onset, opened ?? t, t, t, "diverged", since));
                return (-1, t);
            }

            var (envelope, at) = loss[t] >= loss[t - 1] ? (loss[t], t) : (loss[t - 1], t - 1);
            if (opened is null)
            {
                if (envelope > Raised(@base, t))
                {
                    (opened, peak, top, valley, bottom) = (t, at, envelope, t, envelope);
                }
                else if (envelope < @base)
                {
                    (onset, @base) = (t, envelope);
                }

                continue;
            }

            if (envelope > top && !(top > Raised(bottom, t)))
            {
                (peak, top, valley, bottom) = (at, envelope, t, envelope);
            }

            (valley, bottom) = envelope < bottom ? (t, envelope) : (valley, bottom);
            var down = top > Raised(bottom, t);
            if (envelope <= Raised(@base, t))
            {
                found.Add(Record(onset, opened.Value, peak, t, "recovered", since));
                (opened, onset, @base, since) = (null, t, envelope, t);
            }
            else if (down && envelope > Raised(bottom, t))
            {
                found.Add(Record(onset, opened.Value, peak, valley, "partial", since));
                since = valley;
                (onset, @base) = (valley, bottom);
                (opened, peak, top, valley, bottom) = (t, at, envelope, t, envelope);
            }
            else if (t - opened > maxOpen)
            {
                found.Add(Record(onset, opened.Value, peak, t, down ? "partial" : "sustained", since));
                (onset, @base) = down ? (valley, bottom) : (t, envelope);
                (opened, since) = (null, t);
            }
        }

        if (opened is { } open)
        {
            found.Add(Record(onset, open, peak, loss.Length - 1, "unfinished", since));
        }

        return (-1, since);
    }

    private Spike Record(int onset, int open, int peak, int end, string outcome, int since)
    {
        var window = Enumerable.Range(since + 1, open - since).Where(t => sharpness[t] is not null).ToList();
        var kind = window.Count == 0 ? "unmeasured" : window.Exists(Above) ? "instability" : "rise";
        var steps = Enumerable.Range(onset, end - onset + 1).Where(t => sharpness[t] is not null).ToList();
        return new Spike(
            onset, open, peak, end, outcome, kind, loss[onset] > 0 && loss[peak] > 0 ? loss[peak] / loss[onset] : null,
            Enumerable.Range(since + 1, end - since).Where(Above).Select(t => (int?)t).FirstOrDefault(),
            steps.Max(t => sharpness[t]), steps.Select(t => (double?)(t / 8.0)).Max());
    }

    /// <summary>The level above x, given the losses up to a step.</summary>
    private double Raised(double x, int upTo)
    {
        var (low, high) = (loss[..(upTo + 1)].Min(), loss[..(upTo + 1)].Max());
        return x + minRise * Math.Max(Math.Abs(x), Math.Max(epsilon * Math.Abs(loss[0]), low < 0 ? (high - low) / 2 : 0));
    }

    private bool Above(int t) => sharpness[t] > threshold[t];

    private bool Diverges(int t) => !double.IsFinite(loss[t]) || loss[t] > divergenceFactor * Math.Max(Math.Abs(loss[0]), lossScale);
}
