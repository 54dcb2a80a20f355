namespace LossSpikes.Lab.Benchmarks;

/// <summary>Whether gradients and products with the Hessian need more memory for more examples, when these are taken in chunks.</summary>
internal sealed class ChunkBenchmark : IBenchmark
{
    private const int Few = 4_000, Many = 80_000, Chunk = 2_000, Tiny = 200, Steps = 2;

    public string Name => "chunks";

    public string Description => $"peak memory of 64-100-100-10 on {Few} and on {Many} made examples, {Chunk} at a time, each in a process of its own";

    public IEnumerable<BenchRow> Run()
    {
        var (few, many) = (Needed(Few, Chunk), Needed(Many, Chunk));
        yield return BenchRow.Of($"{Few} examples, above what the data takes", few, "MB");
        yield return BenchRow.AtMost(50, $"{Many} examples, more than that", many - few, "MB");
        yield return BenchRow.Of($"{Many} examples at once, more than that", Needed(Many, Many) - few, "MB");
    }

    /// <summary>What gradients and products add to the peak of a process that hardly needs more than its data: tiny chunks are next to nothing.</summary>
    private static double Needed(int examples, int chunk) =>
        SmallRun.Of(examples, chunk, Steps).PeakMegabytes - SmallRun.Of(examples, Tiny, Steps).PeakMegabytes;
}
