using LossSpikes.Monitors;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What adaptive measurement costs, and whether it sees every crossing and every spike at the step where measuring each step does.</summary>
internal sealed class AdaptiveBenchmark(string name, string description, TrainingCase training, double target) : IBenchmark
{
    public string Name => name;

    public string Description => description;

    public IEnumerable<BenchRow> Run()
    {
        var (each, run) = (Watch(every: 1), Watch(every: null));
        yield return BenchRow.AtMost(target, "monitored step / plain step", run.Monitored.Sum() / run.Plain.Sum());
        yield return BenchRow.Of("the same with each step measured", each.Monitored.Sum() / each.Plain.Sum(), "");
        yield return BenchRow.Of("measured steps", 100.0 * run.Measured / run.Plain.Count, "% of steps");
        yield return BenchRow.Of("HVPs per measured step", run.Products.Sum() / run.Measured, "");
        yield return BenchRow.Of("crossings and spikes with each step measured", each.Events.Count, "");
        var missed = each.Events.Except(run.Events).Union(run.Events.Except(each.Events)).Count();
        yield return BenchRow.AtMost(0, "crossings and spikes at another step, or in one of the runs alone", missed);
    }

    private MonitoredSteps Watch(int? every) => MonitoredSteps.Run(training, new MonitorOptions { Eigenvalues = 1, Every = every });
}
