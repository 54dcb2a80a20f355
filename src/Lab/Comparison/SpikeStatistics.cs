using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Comparison;

/// <summary>The spikes of one run in numbers that compare with those of another. Medians are over all spikes; null where there is none.</summary>
internal sealed record SpikeStatistics
{
    public required string Run { get; init; }

    public required long Steps { get; init; }

    public required int Spikes { get; init; }

    /// <summary>Peak over onset.</summary>
    public double? MedianRise { get; init; }

    public double? LargestRise { get; init; }

    /// <summary>Steps from the opening to the end.</summary>
    public double? MedianDuration { get; init; }

    /// <summary>Steps from one peak to the next.</summary>
    public double? MedianInterval { get; init; }

    /// <summary>The highest S/T of the run after its first crossing.</summary>
    public double? Overshoot { get; init; }

    /// <summary>The fall of S during a spike, from its peak to the end of the spike, in units of T.</summary>
    public double? MedianSharpnessFall { get; init; }

    /// <summary>|g·v₁|²/|g|² at the peak.</summary>
    public double? MedianGradientShare { get; init; }

    /// <summary>The mean of S/T from the first crossing on.</summary>
    public double? MeanSharpnessOverThreshold { get; init; }

    public long? FirstCrossing { get; init; }

    /// <summary>Of a flow: the median error of its prediction of the mean loss, null where there is none.</summary>
    public double? PredictionError { get; init; }

    /// <summary>The window of that mean, in steps.</summary>
    public double? PredictionWindow { get; init; }

    /// <summary>The distance between flow and run at the last step.</summary>
    public double? FlowDistance { get; init; }

    /// <summary>The statistics of a run.</summary>
    public static SpikeStatistics Of(ComparedRun run)
    {
        var ratio = run.SharpnessOverThreshold;
        var first = Enumerable.Range(0, ratio.Length).FirstOrDefault(i => run.Metrics.Sharpness[i] > run.Metrics.Threshold[i], -1);
        double[] ratios = first < 0 ? [] : [.. ratio.Skip(first).Where(r => !double.IsNaN(r))];
        var spikes = run.Spikes;
        var flow = FlowScore.Of(run.Metrics);
        return new SpikeStatistics
        {
            Run = run.Name,
            Steps = (long)run.Steps[^1],
            Spikes = spikes.Count,
            MedianRise = Median(spikes.Select(s => s.Rise).OfType<double>()),
            LargestRise = spikes.Count > 0 ? spikes.Max(s => s.Rise) : null,
            MedianDuration = Median(spikes.Select(s => (double)(s.EndStep - s.OpenStep))),
            MedianInterval = Median(spikes.Zip(spikes.Skip(1), (a, b) => (double)(b.PeakStep - a.PeakStep))),
            Overshoot = ratios.Length > 0 ? ratios.Max() : null,
            MedianSharpnessFall = Median(spikes.Select(s => (s.SharpnessPeak - s.SharpnessAtEnd) / s.Threshold).OfType<double>()),
            MedianGradientShare = Median(spikes.Select(s => s.GradientShare?[0]).OfType<double>()),
            MeanSharpnessOverThreshold = ratios.Length > 0 ? ratios.Average() : null,
            FirstCrossing = first < 0 ? null : (long)run.Steps[first],
            PredictionError = flow?.MedianError,
            PredictionWindow = flow?.Window,
            FlowDistance = flow?.FinalDistance,
        };
    }

    private static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
