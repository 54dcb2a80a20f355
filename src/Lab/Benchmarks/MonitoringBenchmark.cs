using LossSpikes.Monitors;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What it costs to see the sharpness at every step of a run, and how true it is.</summary>
internal sealed class MonitoringBenchmark(string name, string description, TrainingCase training, int eigenvalues, double target) : IBenchmark
{
    private const double AcceptedError = 1e-3, WorstError = 1e-2, MostVectors = 16, OwnWork = 0.15;

    public string Name => name;

    public string Description => description;

    /// <summary>The run.</summary>
    public TrainingCase Training => training;

    public IEnumerable<BenchRow> Run()
    {
        var run = MonitoredSteps.Run(training, new MonitorOptions { Eigenvalues = eigenvalues });
        yield return BenchRow.AtMost(target, "monitored step / plain step", run.Monitored.Sum() / run.Plain.Sum());
        yield return BenchRow.AtMost(OwnWork, "tracker's own work / plain step", run.Own.Sum() / run.Plain.Sum());
        yield return BenchRow.Of("plain steps", 1 / run.Plain.Average(), "per second");
        yield return BenchRow.Of("monitored steps", 1 / run.Monitored.Average(), "per second");
        yield return BenchRow.Of("HVPs per step, audits included: mean", run.Products.Average(), "");
        yield return BenchRow.Of("HVPs per step: 90th percentile", Timing.Quantile(run.Products, 0.9), "");
        yield return BenchRow.Of("HVPs per step: most", run.Products.Max(), "");
        yield return BenchRow.AtLeast(
            99,
            $"steps with λ₁ off by at most {AcceptedError:G1} ({run.Errors.Count} judged)",
            100.0 * run.Errors.Count(e => e <= AcceptedError) / run.Errors.Count,
            "%");
        yield return BenchRow.Of("relative error of λ₁: median", Timing.Quantile(run.Errors, 0.5), "");
        yield return BenchRow.AtMost(WorstError, "relative error of λ₁: largest", run.Errors.Max());
        yield return BenchRow.Of("steps marked as not converged", run.Unconverged, "");
        yield return BenchRow.Of("audits that corrected the tracker", run.Corrections, "");
        yield return BenchRow.Of("steps", run.Plain.Count, "");
        yield return BenchRow.Of("spikes seen", run.Spikes, "");
        const string Kept = "vectors of length d that the tracker keeps";
        yield return eigenvalues == 1 ? BenchRow.AtMost(MostVectors, Kept, run.KeptVectors) : BenchRow.Of(Kept, run.KeptVectors, "");
        yield return BenchRow.Of("resident memory", Machine.ResidentMegabytes(), "MB");
    }
}
