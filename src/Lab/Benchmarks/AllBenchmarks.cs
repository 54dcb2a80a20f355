using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>All that <c>lab bench</c> can measure, in its order.</summary>
internal static class AllBenchmarks
{
    public static IReadOnlyList<IBenchmark> InOrder { get; } =
    [
        new ProductBenchmark("product", "one Hessian–vector product of 64-100-100-10 on 1,000 digits, one thread", TrainingCase.Digits, 100, 1.9),
        new ProductBenchmark(
            "product-wide", "one Hessian–vector product of 3072-200-200-10 on 5,000 enlarged digits, all threads", TrainingCase.Wide, 10, 1.35),
        new ConvolutionBenchmark("product-cnn", normalized: false, 2.0),
        new ConvolutionBenchmark("product-cnn-batchnorm", normalized: true, 2.5),
        new MonitoringBenchmark(
            "digits", "every step monitored to the 50th spike, k = 1, 64-100-100-10 on 1,000 digits, one thread", TrainingCase.Digits, 1, 3),
        new MonitoringBenchmark("digits-3", "the first 2,000 steps of it at k = 3", TrainingCase.Digits with { Steps = 2000 }, 3, 4.5),
        new MonitoringBenchmark(
            "wide", "every step monitored into the edge of stability, k = 1, 3072-200-200-10 on 5,000 enlarged digits, all threads", TrainingCase.Wide, 1, 2.9),
        new MonitoringBenchmark("wide-3", "the same at k = 3", TrainingCase.Wide, 3, 4.5),
        new AdaptiveBenchmark("auto", "`every: auto`, k = 1: the run of explanation.yaml, which crosses the threshold once", TrainingCase.Chebyshev, 1.6),
        new AdaptiveBenchmark(
            "auto-edge", "`every: auto`, k = 1: the first 2,000 steps of digits, at the edge most of the time", TrainingCase.Digits with { Steps = 2000 }, 2.6),
        new LoopBenchmark(),
        new TransformerBenchmark(),
        new SpectrumBenchmark(),
        new FlowBenchmark(),
        new ToyBenchmark(),
        new MemoryBenchmark(),
        new ChunkBenchmark(),
        new StartBenchmark(),
        new PlaygroundBenchmark(),
        new LargeBenchmark(),
        new TrackerBenchmark(TrackerSettings.Default, TextWriter.Null),
    ];
}
