using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Comparison;

/// <summary>A run in units that do not depend on its scale: sharpness in units of its threshold, loss in units of its first, time as Ση.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="Metrics">Its measurements; at least one row.</param>
/// <param name="Spikes">Its spikes.</param>
internal sealed record ComparedRun(string Name, MetricsTable Metrics, IReadOnlyList<SpikeEvent> Spikes)
{
    // The share of the first rows whose gradient is of another scale.
    private const int Settling = 50;

    /// <summary>Reads run folders; where two runs have one name, all are called by their folders.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static IReadOnlyList<ComparedRun> Read(IReadOnlyList<string> directories)
    {
        var runs = directories.Select(Read).ToList();
        return runs.DistinctBy(r => r.Name).Count() == runs.Count
            ? runs
            : [.. runs.Zip(directories, (run, d) => run with { Name = Path.TrimEndingDirectorySeparator(d) })];
    }

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static ComparedRun Read(string directory)
    {
        var run = RecordedRun.Open(directory);
        return run.Metrics.Rows > 0
            ? new ComparedRun(run.Name, run.Metrics, run.Spikes)
            : throw new RunException($"{Path.Combine(directory, RecordedRun.MetricsFile)}: there is no row of measurements to compare");
    }

    /// <summary>The step of each row.</summary>
    public double[] Steps => Metrics.Steps;

    /// <summary>Ση over the updates before each row.</summary>
    public double[] Time
    {
        get
        {
            var rates = Metrics["learning_rate"];
            var time = new double[rates.Length];
            for (var i = 1; i < time.Length; i++)
            {
                time[i] = time[i - 1] + rates[i - 1];
            }

            return time;
        }
    }

    /// <summary>Whether the loss is known at measured steps alone.</summary>
    public bool HasGaps => Metrics.BatchLoss is not null;

    /// <summary>S/T of each row, NaN where not measured.</summary>
    public double[] SharpnessOverThreshold => [.. Metrics.Sharpness.Zip(Metrics.Threshold, (s, t) => s / t)];

    /// <summary>Loss over the first loss; NaN where it was not evaluated.</summary>
    public double[] RelativeLoss => [.. Metrics.Loss.Select(loss => loss / Metrics.Loss[0])];

    /// <summary>
    /// g·v₁, g·v₂, … of each row in units of the largest |g·v| of the run, NaN where not measured; the first rows, of another scale,
    /// do not count.
    /// </summary>
    public double[][] RelativeComponents
    {
        get
        {
            var settled = Metrics.GradientDots.SelectMany(c => c.Skip(Metrics.Rows / Settling));
            var largest = settled.Where(c => !double.IsNaN(c)).Select(Math.Abs).DefaultIfEmpty(1).Max();
            return [.. Metrics.GradientDots.Where(c => !c.All(double.IsNaN)).Select(component => component.Select(c => c / largest).ToArray())];
        }
    }
}
