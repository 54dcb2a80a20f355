using System.Diagnostics;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>Times things that are to be compared.</summary>
internal static class Timing
{
    /// <summary>Seconds that <paramref name="action"/> took; its tensors are released.</summary>
    public static double Of(Action action)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Median seconds of each of <paramref name="actions"/>, done in turn after one round of warming up: what else the machine does
    /// meets all of them alike, so that ratios hold where times do not.
    /// </summary>
    public static double[] Medians(int rounds, params IReadOnlyList<Action> actions)
    {
        var seconds = Enumerable.Range(0, rounds + 1).Select(_ => actions.Select(Of).ToArray()).Skip(1).ToArray();
        return [.. actions.Select((_, i) => Quantile(seconds.Select(s => s[i]), 0.5))];
    }

    /// <summary>The value that a share <paramref name="share"/> of all values does not exceed.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        var ordered = values.Order().ToArray();
        return ordered[(int)(share * (ordered.Length - 1))];
    }
}
