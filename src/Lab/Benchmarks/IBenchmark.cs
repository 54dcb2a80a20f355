namespace LossSpikes.Lab.Benchmarks;

/// <summary>One group of rows of <c>lab bench</c>.</summary>
internal interface IBenchmark
{
    /// <summary>What <c>--only</c> calls it.</summary>
    string Name { get; }

    /// <summary>What is measured, in a sentence.</summary>
    string Description { get; }

    /// <summary>Measures. Cost: seconds to two minutes.</summary>
    IEnumerable<BenchRow> Run();
}
