using System.Globalization;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Runs;

/// <summary>metrics.csv as text: columns by name, NaN where a cell is empty.</summary>
internal sealed record Rows(IReadOnlyList<string> Names, IReadOnlyList<double[]> Cells)
{
    public static Rows Of(string path)
    {
        var lines = File.ReadAllLines(path);
        return new Rows(lines[0].Split(','), [.. lines.Skip(1).Select(l => l.Split(',').Select(Cell).ToArray())]);
    }

    public double this[long step, string name] => Names.ToList().IndexOf(name) is >= 0 and var i ? Cells[(int)step][i] : double.NaN;

    public int Count(string prefix) => Names.Count(n => n.StartsWith(prefix, StringComparison.Ordinal));

    private static double Cell(string text) => text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>The numbers of one spike, from the rows of a run that was measured at every step.</summary>
/// <param name="Rows">metrics.csv.</param>
/// <param name="Spike">The record: its onset, opening and end are definitions that are tested elsewhere.</param>
/// <param name="LastEnd">The end of the spike before; null for the first.</param>
internal sealed record SpikeNumbers(Rows Rows, SpikeEvent Spike, long? LastEnd)
{
    public long PeakStep => Steps(Spike.OpenStep, Spike.EndStep).Where(t => double.IsFinite(Loss(t))).MaxBy(Loss) is var best
        && Spike.Outcome == SpikeOutcome.Diverged ? Spike.EndStep : Loss(Spike.OpenStep - 1) > Loss(best) ? Spike.OpenStep - 1 : best;

    public double OnsetLoss => Loss(Spike.OnsetStep);

    public double PeakLoss => Loss(PeakStep);

    public double Rise => PeakLoss / OnsetLoss;

    public double OpeningThreshold => Rows[Spike.OpenStep, "threshold"];

    public double HighestSharpness => Steps(Spike.OnsetStep, Spike.EndStep).Select(Sharpness).Where(double.IsFinite).Max();

    public double LastLearningRate => Rows[Math.Min(Spike.Step, Rows.Cells.Count - 1), "learning_rate"];

    public double HighestRatio => Since.Max(Ratio);

    public double StepsAbove => Since.Count(t => Ratio(t) > 1);

    public double FirstRatio => Ratio(0);

    public double LowestRatioAfterPeak => Steps(PeakStep, Spike.EndStep).Min(Ratio);

    public double BurstRank => Enumerable.Range(1, Rows.Count("oscillation_v"))
        .MaxBy(i => Math.Abs(Eigenvalue(Spike.OpenStep, i) * Rows[Spike.OpenStep, $"oscillation_v{i}"]));

    /// <summary>The longest series of steps, up to one between opening and peak, whose alternation is negative.</summary>
    public double Alternations => Steps(Spike.OpenStep, PeakStep).Max(Flips);

    public double EnergyShare
    {
        get
        {
            var open = Spike.OpenStep;
            int[] overshooting = [.. Ranks.Where(i => Eigenvalue(open, i) > Rows[open, "threshold"] / 2)];
            double Part(IEnumerable<int> ranks) => ranks.Sum(i => Eigenvalue(open, i) * Math.Pow(Rows[open, $"oscillation_v{i}"], 2));
            var share = Part(overshooting) == 0 ? 1 : Part(overshooting.Where(i => IsUnstable(open, i))) / Part(overshooting);
            return share * Rows[open, "oscillation_energy"] / (Loss(open) - OnsetLoss);
        }
    }

    /// <summary>Geometric means per step: from where the oscillation began to grow to the opening, or two alternating steps at least.</summary>
    public (double Measured, double Predicted) Growth
    {
        get
        {
            var first = Steps(Math.Max(Spike.OpenStep, Clean), PeakStep).First(t => Size(t) > 0);
            var last = first;
            while (Alternates(first) && Size(first - 1) < Size(first))
            {
                first--;
            }

            for (; last - first < 2 && Alternates(last + 1); last++)
            {
            }

            for (; last - first < 2 && Alternates(first); first--)
            {
            }

            return (Math.Pow(Size(last) / Size(first), 1.0 / (last - first)), Math.Exp(Steps(first, last - 1).Average(Predicted)));
        }
    }

    public double ThresholdFall(long step) => 1 - Rows[step, "threshold"] / Rows[Before(step), "threshold"];

    public double SharpnessRise(long step, string column) => Rows[step, column] / Rows[Before(step), column] - 1;

    private IEnumerable<int> Ranks => Enumerable.Range(1, Rows.Count("oscillation_v"));

    private IEnumerable<long> Since => Steps((LastEnd ?? -1) + 1, PeakStep).Where(t => double.IsFinite(Ratio(t)));

    private long Before(long step) => Math.Max(LastEnd ?? 0, step - 10);

    private double Loss(long step) => Rows[step, "loss"];

    private double Sharpness(long step) => Rows[step, "sharpness"];

    private double Ratio(long step) => Sharpness(step) / Rows[step, "threshold"];

    private int Flips(long step) => Steps(1, step).Reverse().TakeWhile(t => t > (LastEnd ?? 0) && Rows[t, "alternation"] < 0).Count();

    private bool Alternates(long step) => step > Math.Max(LastEnd ?? 0, Clean) && Rows[step, "alternation"] < 0 && Size(step) > 0 && Size(step - 1) > 0;

    /// <summary>Two steps after the last jump of the threshold: before, second differences mix two learning rates.</summary>
    private long Clean => Steps((LastEnd ?? 0) + 1, Spike.OpenStep)
        .Where(t => Math.Abs(Rows[t, "threshold"] / Rows[t - 1, "threshold"] - 1) > 0.01).Select(t => t + 2).DefaultIfEmpty(0).Max();

    private double Size(long step) => Math.Sqrt(Ranks.Where(i => IsUnstable(step, i)).Sum(i => Math.Pow(Oscillation(step, i), 2)));

    private double Oscillation(long step, int rank) => Eigenvalue(step, rank) * Rows[step, $"oscillation_v{rank}"];

    private double Predicted(long step) => Ranks.Where(i => IsUnstable(step, i))
        .Sum(i => Math.Pow(Oscillation(step, i) / Size(step), 2) * Math.Log(Math.Abs(1 - Rows[step, "learning_rate"] * Eigenvalue(step, i))));

    private bool IsUnstable(long step, int rank) => Since.Any(t => Ranks.Any(
        i => Rows[t, $"mode_v{i}"] == Rows[step, $"mode_v{rank}"] && Eigenvalue(t, i) > Rows[t, "threshold"]));

    private double Eigenvalue(long step, int rank)
    {
        var reported = 1 + Rows.Count("lambda_");
        return rank == 1 ? Sharpness(step) : rank <= reported ? Rows[step, $"lambda_{rank}"] : Rows[step, $"guard_{rank - reported}"];
    }

    private static IEnumerable<long> Steps(long first, long last)
    {
        for (var step = first; step <= last; step++)
        {
            yield return step;
        }
    }
}
