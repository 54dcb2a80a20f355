using System.Text.Json.Serialization;
using LossSpikes.Monitors.Flows;
using static System.FormattableString;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// How well a flow predicts the mean loss of its run: the loss smoothed over several cycles against the prediction smoothed alike, at the steps where
/// something oscillates. Where the mean of the run is not defined, or the prediction does not hold by its own measure, there is a reason and no number.
/// </summary>
internal sealed record FlowScore
{
    /// <summary>The loss of the run next to a flow; in the folder of the run itself it is <c>loss</c>.</summary>
    public const string RunLoss = "run_loss";

    // A loss within 2 % of its mean needs no cycles: its oscillation at every second step is averaged in any window. A mean that swings about
    // the prediction by more, over four windows, is that of a part of a longer cycle.
    private const double Steady = 0.02;

    private const int FewestCycles = 3, ShortestWindow = 50, LongestWindow = 800;

    // Of the predicted loss; beyond it the quadratic part alone does not describe the loss at the predicted amplitude.
    private const double MostBeyondQuadratic = 0.1;

    private const double LargestResidual = 1e-6, FewestShare = 0.25;

    /// <summary>The window of the mean in steps; null where nothing is scored.</summary>
    public int? Window { get; init; }

    /// <summary>The steps that are scored, and all at which something oscillates.</summary>
    public required int ScoredSteps { get; init; }

    /// <inheritdoc cref="ScoredSteps"/>
    public required int EdgeSteps { get; init; }

    /// <summary>The median of |smoothed loss / smoothed prediction − 1| over the scored steps.</summary>
    public double? MedianError { get; init; }

    /// <summary>The largest of them.</summary>
    public double? LargestError { get; init; }

    /// <summary>The distance between flow and run at the last step.</summary>
    public double? FinalDistance { get; init; }

    /// <summary>Why there is no score, as a sentence; null where there is one.</summary>
    public string? NoScore { get; init; }

    /// <summary>The score in one line.</summary>
    [JsonIgnore]
    public string Text => NoScore is { } why
        ? $"no score: {why}"
        : Invariant($"predicts the loss smoothed over {Window} steps to {MedianError:P2} (median; {LargestError:P2} at most) at {ScoredSteps} of ")
            + Invariant($"{EdgeSteps} steps at the edge");

    /// <summary>The score of a run folder; null where it has no flow. Cost: rows × window.</summary>
    public static FlowScore? Of(MetricsTable metrics)
    {
        if (metrics.Rows == 0 || !metrics.Has(FlowColumns.PredictedLoss))
        {
            return null;
        }

        var (predicted, trace) = (metrics[FlowColumns.PredictedLoss], metrics[FlowColumns.Trace]);
        var loss = metrics.Has(RunLoss) ? metrics[RunLoss] : metrics.Loss;
        var edge = Enumerable.Range(0, metrics.Rows).Where(i => trace[i] > 0).ToList();
        var score = new FlowScore { ScoredSteps = 0, EdgeSteps = edge.Count, FinalDistance = metrics[FlowColumns.Distance].LastOrDefault(double.IsFinite) };
        if (edge.Count == 0)
        {
            return score with { NoScore = "nothing oscillates along this flow, so that it predicts no other mean than its own loss" };
        }

        var residual = metrics.Schema.Names.Where(FlowColumns.IsComplementarity).SelectMany(n => metrics[n]).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        if (!(residual <= LargestResidual))
        {
            return score with
            {
                NoScore = Invariant($"no oscillation holds the sharpness at the threshold (complementarity residual {residual:G2}), as at an isolated minimum"),
            };
        }

        var beyond = metrics[FlowColumns.BeyondQuadratic];
        var valid = edge.Where(i => Math.Abs(beyond[i]) <= MostBeyondQuadratic).ToList();
        if (valid.Count < edge.Count / 2.0)
        {
            return score with
            {
                NoScore = Invariant($"the loss is not quadratic over the predicted amplitude (more than {MostBeyondQuadratic:P0} beyond it at ")
                    + Invariant($"{edge.Count - valid.Count} of {edge.Count} steps), as late under cross entropy or at an isolated minimum"),
            };
        }

        return Scored(score, loss, predicted, edge, valid);
    }

    private static FlowScore Scored(FlowScore score, double[] loss, double[] predicted, List<int> edge, List<int> valid)
    {
        var best = (Window: 0, Errors: new List<double>());
        for (var window = ShortestWindow; window <= LongestWindow && window <= edge.Count / 2; window *= 2)
        {
            var (smooth, mean) = (RunningMean.Of(loss, window), RunningMean.Of(predicted, window));
            double[] ratio = [.. smooth.Zip(mean, (l, p) => l / p)];
            double[] relative = [.. RunningMean.Of(loss, 2).Zip(smooth, (pair, m) => pair / m - 1)];
            var scored = valid.Where(i => HasMean(relative, i, window) && IsLevel(ratio, i, window)).ToList();
            if (scored.Count > best.Errors.Count)
            {
                best = (window, [.. scored.Select(i => Math.Abs(smooth[i] / mean[i] - 1))]);
            }

            if (scored.Count >= valid.Count / 2)
            {
                break;
            }
        }

        double[] errors = [.. best.Errors.Where(double.IsFinite).Order()];
        return errors.Length < Math.Max(1, FewestShare * edge.Count(i => HasRoom(loss.Length, i, best.Window)))
            ? score with
            {
                NoScore = Invariant($"bursts are rarer than the window: at {edge.Count} steps at the edge no window of up to ")
                    + Invariant($"{Math.Min(LongestWindow, edge.Count / 2)} steps holds {FewestCycles} of a height"),
            }
            : score with { Window = best.Window, ScoredSteps = errors.Length, MedianError = errors[errors.Length / 2], LargestError = errors[^1] };
    }

    /// <summary>Whether the loss in a window is steady, or rises at least three times through the middle of its range.</summary>
    private static bool HasMean(double[] relative, int at, int window)
    {
        var (from, to) = (at - window / 2, at + window / 2);
        if (from < 0 || to >= relative.Length || !double.IsFinite(relative[at]))
        {
            return false;
        }

        double[] seen = [.. relative[from..(to + 1)].Where(double.IsFinite)];
        if (seen.Length == 0)
        {
            return false;
        }

        var (low, high) = (seen.Min(), seen.Max());
        var middle = (low + high) / 2;
        return high - low <= Steady || seen.Zip(seen.Skip(1)).Count(p => p.First < middle && p.Second >= middle) >= FewestCycles;
    }

    /// <summary>
    /// Whether the ratio of smoothed loss and smoothed prediction changes at a constant rate around a step. A mean over a part of a longer cycle swings about
    /// the prediction; one that leaves it, since the prediction is wrong, does not.
    /// </summary>
    private static bool IsLevel(double[] ratio, int at, int window) => HasRoom(ratio.Length, at, window)
        && Math.Abs(Math.Log(ratio[at] / Math.Sqrt(ratio[at - 2 * window] * ratio[at + 2 * window]))) <= Steady;

    /// <summary>Whether the means two windows before and after a step are whole.</summary>
    private static bool HasRoom(int rows, int at, int window) => at >= 2.5 * window && at + 2.5 * window < rows;
}
