using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Comparison;

/// <summary>A run in units that do not depend on its scale: sharpness in units of its threshold, loss in units of its first, time as Ση.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Measurements">Its rows.</param>
/// <param name="Spikes">Its spikes.</param>
/// <param name="Time">Σ η over the updates before each row.</param>
internal sealed record ComparedRun(string Name, IReadOnlyList<Measurement> Measurements, IReadOnlyList<SpikeEvent> Spikes, double[] Time)
{
    /// <summary>Reads run folders; where two runs have one name, all are called by their folders.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static IReadOnlyList<ComparedRun> Read(IReadOnlyList<string> directories)
    {
        var runs = directories.Select(Read).ToList();
        return runs.DistinctBy(r => r.Name).Count() == runs.Count ? runs : [.. runs.Zip(directories, (run, d) => run with { Name = Path.TrimEndingDirectorySeparator(d) })];
    }

    /// <summary>Reads a run folder; the learning rates come from its config.yaml.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static ComparedRun Read(string directory)
    {
        var past = PastRun.Read(directory);
        if (past.Measurements.Count == 0)
        {
            throw new RunException($"{Path.Combine(directory, RunFolder.MetricsFile)}: there is no row of measurements to compare");
        }

        var optimizer = ExperimentFile.Load(Path.Combine(directory, "config.yaml"), []).Optimizer;
        var time = new double[past.Measurements.Count];
        for (var i = 1; i < time.Length; i++)
        {
            time[i] = time[i - 1] + optimizer.LearningRateAt(past.Measurements[i - 1].Step);
        }

        return new ComparedRun(RunFolder.Open(directory).Name, past.Measurements, [.. past.Events.OfType<SpikeEvent>()], time);
    }

    /// <summary>S/T of each row, NaN where not measured.</summary>
    public double[] SharpnessOverThreshold => [.. Measurements.Select(m => m.Sharpness / m.Threshold ?? double.NaN)];

    /// <summary>Loss over the first loss.</summary>
    public double[] RelativeLoss => [.. Measurements.Select(m => m.Loss / Measurements[0].Loss)];

    /// <summary>g·v₁, g·v₂, … of each row in units of the largest |g·v| of the run, NaN where not measured; the first rows, of another scale, do not count.</summary>
    public double[][] RelativeComponents
    {
        get
        {
            var count = Measurements.Max(m => m.GradientDots.Count);
            var settled = Measurements.Count / 50;
            var largest = Measurements.Skip(settled).SelectMany(m => m.GradientDots).Select(Math.Abs).DefaultIfEmpty(1).Max();
            return [.. Enumerable.Range(0, count).Select(i => Measurements.Select(m => i < m.GradientDots.Count ? m.GradientDots[i] / largest : double.NaN).ToArray())];
        }
    }
}
