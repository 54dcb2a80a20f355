using LossSpikes.Lab.Data;
using LossSpikes.Monitors;
using TorchSharp;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>Whether a long run keeps to its memory.</summary>
internal sealed class MemoryBenchmark : IBenchmark
{
    private const int WarmUp = 500, Steps = 10_000;

    private static readonly TrainingCase Training = new(() => new DigitsSettings { Examples = 500 }.Load(), [20], 0.1, WarmUp, int.MaxValue, 1);

    public string Name => "memory";

    public string Description => $"{Steps} monitored steps of 64-20-10 on 500 digits";

    public IEnumerable<BenchRow> Run()
    {
        // A network that is built and released stays in TorchSharp's count; what counts is what more steps add.
        var (first, _) = Growth(WarmUp);
        var (tensors, megabytes) = Growth(Steps);
        yield return BenchRow.AtMost(0, "growth of live tensors", tensors - first);
        yield return BenchRow.AtMost(50, "growth of resident memory", megabytes, "MB");
    }

    private static (long Tensors, double Megabytes) Growth(int steps)
    {
        var (megabytes, tensors) = (Machine.ResidentMegabytes(), torch.Tensor.TotalCount);
        MonitoredSteps.Run(Training with { Steps = steps }, new MonitorOptions { Eigenvalues = 1 });
        var grown = Machine.ResidentMegabytes() - megabytes;
        return (torch.Tensor.TotalCount - tensors, grown);
    }
}
