using LossSpikes.Lab.Article.Sliders;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>The article's toy at a hundred learning rates.</summary>
internal sealed class ToyBenchmark : IBenchmark
{
    public string Name => "toy";

    public string Description => $"the power law on Hamlet: 100 learning rates × {HamletSweep.Steps} steps with λ₁, λ₂ and the gradient along their eigenvectors";

    public IEnumerable<BenchRow> Run()
    {
        TorchSharp.torch.set_num_threads(1);
        yield return BenchRow.AtMost(3, "100 learning rates", Timing.Of(() => _ = new HamletSweep().All.ToList()), "s");
    }
}
